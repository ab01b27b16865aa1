"""Examples in the formats of other tools: which one it is, and the same in a format of ours."""
