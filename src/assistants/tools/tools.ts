/** The tools that a model may be given in a chat. */
import { recallTool } from './recall.ts'
import { searchTool } from './search.ts'
import type { Tool } from './tool.ts'

export const TOOLS = [searchTool, recallTool] as readonly Tool[]
