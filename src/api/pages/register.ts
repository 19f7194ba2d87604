/** All pages for people with a browser, in a scope of their own: cookies and forms exist only here. */
import cookie from '@fastify/cookie'
import type { FastifyInstance } from 'fastify'
import { registerBodies } from '../bodies.ts'
import type { ApiDeps } from '../deps.ts'
import type { AuthorizationServer } from '../oauth/server.ts'
import { registerAbout } from './about.ts'
import { registerApplications } from './applications.ts'
import { registerAssets } from './assets.ts'
import { registerAudit } from './audit/register.ts'
import { registerAuthorize } from './authorize.ts'
import { createCookies } from './cookies.ts'
import type { PageDeps } from './frame.ts'
import { registerLanding } from './landing.ts'
import { registerMemory } from './memory/register.ts'
import { registerProfile } from './profile.ts'
import { createSessions } from './session.ts'
import { registerSetUp } from './set-up.ts'
import { registerShared } from './shared.ts'
import { registerSignIn } from './sign-in.ts'
import { registerStatus } from './status.ts'
import { registerTag } from './tag.ts'
import { registerYourData } from './your-data.ts'

export async function registerPages(app: FastifyInstance, deps: ApiDeps & { readonly authorizationServer: AuthorizationServer }): Promise<void> {
  await app.register(cookie)
  await registerBodies(app)
  const cookies = createCookies(deps.config.origin)
  const pages: PageDeps = { ...deps, cookies, sessions: createSessions(deps, cookies) }
  registerAssets(app)
  registerLanding(app, pages)
  registerAbout(app, pages)
  registerAudit(app, pages)
  registerSetUp(app, pages)
  registerSignIn(app, pages)
  registerAuthorize(app, pages)
  registerApplications(app, pages)
  registerMemory(app, pages)
  registerYourData(app, pages)
  registerShared(app, pages)
  registerProfile(app, pages)
  registerStatus(app, pages)
  registerTag(app, pages)
}
