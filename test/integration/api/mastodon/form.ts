/** Multipart bodies for `inject`, and pictures to send. */
import sharp from 'sharp'
import type { TestAccount, TestInstance } from '../../../support/instance.ts'

type Field = string | { readonly bytes: Uint8Array; readonly name: string; readonly type?: string }

/** Sends fields and files as a browser would. */
export async function sendForm(
  here: TestInstance,
  method: 'POST' | 'PUT' | 'PATCH',
  url: string,
  as: Pick<TestAccount, 'token'>,
  fields: Readonly<Record<string, Field>>,
) {
  const form = new FormData()
  for (const [name, field] of Object.entries(fields)) {
    if (typeof field === 'string') form.append(name, field)
    else form.append(name, new Blob([Buffer.from(field.bytes)], { type: field.type ?? 'application/octet-stream' }), field.name)
  }
  const encoded = new Response(form)
  const headers = { authorization: `Bearer ${as.token}`, 'content-type': encoded.headers.get('content-type') ?? '' }
  return here.app.inject({ method, url, headers, payload: Buffer.from(await encoded.arrayBuffer()) })
}

export const png = (width = 40, height = 20): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#3366cc' } })
    .png()
    .toBuffer()

/** The id of a picture just uploaded. */
export async function uploadPng(here: TestInstance, as: Pick<TestAccount, 'token'>, fields: Readonly<Record<string, string>> = {}): Promise<string> {
  const answer = await sendForm(here, 'POST', '/api/v2/media', as, { file: { bytes: await png(), name: 'a.png' }, ...fields })
  return answer.json<{ id: string }>().id
}
