import { gross } from '@acme/prices';

/** What a price tag says. */
export const label = (cents, percent) => `${(gross(cents, percent) / 100).toFixed(2)} €`;
