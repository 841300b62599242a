const FIRST_MS = -62_135_596_800_000;
const LAST_MS = 253_402_300_799_999;

/** Whether an instant lies in the years 1 to 9999: what an index name with `yyyy` and a date mapping can hold. */
export const isInYears = (ms: number): boolean => ms >= FIRST_MS && ms <= LAST_MS;
