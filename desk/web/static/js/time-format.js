// Times as people write them: 1:02:03.450, 02:03.450.

/** @param {number} ms */
export function formatTime(ms) {
  const whole = Math.max(0, Math.round(ms));
  const pad = (/** @type {number} */ n, width = 2) => String(n).padStart(width, "0");
  const minutes = Math.floor(whole / 60_000);
  const hours = Math.floor(minutes / 60);
  const tail = `${pad(minutes % 60)}:${pad(Math.floor(whole / 1000) % 60)}.${pad(whole % 1000, 3)}`;
  return hours ? `${hours}:${tail}` : tail;
}
