// The worker imports its readers of text when they are wanted, which only modules can.
export default { base: './', worker: { format: 'es' }, logLevel: 'warn' };
