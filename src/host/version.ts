/** What this software calls itself, towards clients and servers alike; the same as in package.json. */
export const VERSION = '0.1.0'
