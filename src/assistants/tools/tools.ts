/** The tools that a model may be given in a chat. */
import { recallTool } from './recall.ts'
import { rememberTool } from './remember.ts'
import { searchTool } from './search.ts'
import type { Tool } from './tool.ts'

export const TOOLS = [searchTool, recallTool, rememberTool] as readonly Tool[]
