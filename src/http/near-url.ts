/** The address of a server on this machine, as a browser here would reach it, by the host that it listens on. */
export const nearUrl = (host: string, port: number): string => {
  const near = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${near.includes(':') ? `[${near}]` : near}:${port}`;
};
