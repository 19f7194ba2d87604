/** The ten types of memories with their categories, and how fast each fades. Categories of custom memories are free. */
import type { MemoryType } from '../events/memories.ts'

export const CATEGORIES: Readonly<Record<MemoryType, readonly string[]>> = {
  episodic: ['conversation_summary', 'event', 'experience', 'interaction', 'milestone'],
  semantic: ['knowledge', 'concept', 'fact', 'understanding'],
  procedural: ['instruction', 'howto', 'skill', 'workflow', 'process', 'method'],
  factual: ['biography', 'fact_about_user', 'fact_about_world', 'ability', 'background', 'possession', 'health'],
  preference: ['like', 'dislike', 'style', 'requirement', 'frustration', 'preference'],
  identity: ['identity', 'role', 'bio', 'home', 'personality', 'values', 'belief', 'language'],
  relationship: ['person_info', 'relationship', 'contact', 'team', 'pet'],
  goal: ['goal', 'plan', 'intention', 'aspiration', 'learning'],
  project: ['project', 'task', 'decision', 'deliverable', 'deadline'],
  custom: [],
}

export const MEMORY_TYPES = Object.keys(CATEGORIES) as readonly MemoryType[]

/** Days in which half of a memory's importance fades; null: it does not. */
export const HALF_LIFE_DAYS: Readonly<Record<MemoryType, number | null>> = {
  identity: null,
  procedural: null,
  preference: 720,
  relationship: 1080,
  factual: 720,
  semantic: 720,
  goal: 180,
  project: 120,
  episodic: 90,
  custom: 360,
}

/** How much a memory of the type matters when nothing else is known, 0…1. */
export const BASE_IMPORTANCE: Readonly<Record<MemoryType, number>> = {
  identity: 0.9,
  procedural: 0.85,
  relationship: 0.7,
  preference: 0.6,
  goal: 0.6,
  project: 0.6,
  factual: 0.6,
  semantic: 0.5,
  episodic: 0.4,
  custom: 0.5,
}
