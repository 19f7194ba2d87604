/** Addresses of what the media route serves. Pure. */

export const MEDIA_ROUTE = '/media'

/** Shown for people without a picture. Clients recognise the file name. */
export const MISSING_AVATAR = 'avatars/missing.png'
export const MISSING_HEADER = 'headers/missing.png'

/** The address of stored media: a path of ours below the media route, or where it lives elsewhere. */
export const mediaUrl = (origin: string, stored: string): string => (/^https?:\/\//i.test(stored) ? stored : `${origin}${MEDIA_ROUTE}/${stored}`)
