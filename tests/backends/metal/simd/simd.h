// Included by what naga writes; metal_stdlib has all of it.
