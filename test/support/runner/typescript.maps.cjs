/** Path of a TypeScript file → path of its source map: written by the loader, read by jest to show lines of the source. */
exports.sourceMaps = new Map();
