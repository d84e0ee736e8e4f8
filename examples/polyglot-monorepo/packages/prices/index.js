/** A price in cents with tax in percent, rounded half up. */
export const gross = (cents, percent) => Math.floor((cents * (100 + percent) + 50) / 100);
