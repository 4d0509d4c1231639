// The fault that a tool ends with.

/** What cannot be done, said in one line; exit status 1. */
export class ToolError extends Error {}
