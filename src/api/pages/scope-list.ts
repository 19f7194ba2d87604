/** Permissions in plain words; what lets an application act is marked apart from what lets it look. Pure. */
import { describeScopes } from '../oauth/scopes.ts'
import { type Html, html } from './html.ts'

export function scopeList(scopes: readonly string[], size = ''): Html {
  const items = describeScopes(scopes).map(({ scope, meaning }) => html`<li class="${acts(scope) ? 'write' : 'read'}">${meaning}</li>`)
  return html`<ul class="scopes ${size}">${items}</ul>`
}

const acts = (scope: string): boolean => scope.startsWith('write') || scope === 'follow'
