/** How much of everything one may send: checked here, announced by `instance`. */

/** Of posts and biographies in characters (see text/length.ts), of the rest in UTF-16 units. */
export const MOST_CHARACTERS = 500
export const MOST_MEDIA = 4
export const MOST_PINNED = 5
export const MOST_FIELDS = 4
export const LONGEST_DISPLAY_NAME = 30
export const LONGEST_BIOGRAPHY = 500
export const LONGEST_FIELD = 255
export const LONGEST_DESCRIPTION = 1_500
