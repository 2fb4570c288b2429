// Series as the page has them (steps from one period to the next) become the columns that uPlot draws.

/** @param {{unit: number, first: number, steps: number[], columns: (number | null)[][]}} line @returns {(number | null)[][]} */
export function columnsOf(line) {
  let at = line.first;
  const moments = [at * line.unit];
  for (const step of line.steps) moments.push((at += step) * line.unit);
  return [moments, ...line.columns];
}

/** One time for all lines; a null parts a line, what only the others have does not. @param {any} uPlot @param {any[]} tables */
export function joined(uPlot, tables) {
  const there = tables.filter(Boolean);
  return there.length > 1 ? uPlot.join(there) : there[0];
}
