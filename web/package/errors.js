/** An error of this package. `code` says what kind it is; kokoro.d.ts lists the codes. */
export class KokoroError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.name = 'KokoroError';
    this.code = code;
  }
}

/** What an aborted call rejects with: the signal's own reason if it has one. */
export function aborted(signal) {
  return signal?.reason ?? new DOMException('The operation was aborted.', 'AbortError');
}
