/** Prints a figure in the house's form. */
export function atMost(name: string, value: number, goal: number) {
  console.log(`figure: ${name} = ${round(value)} (goal <= ${goal}) ${value <= goal ? "holds" : "short"}`);
}

export function report(name: string, value: number) {
  console.log(`figure: ${name} = ${round(value)} (no goal)`);
}

export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

const round = (value: number) => Number(value.toPrecision(4));
