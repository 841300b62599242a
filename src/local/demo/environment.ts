/** Where the parts of a demo answer. */
export interface DemoPlaces {
  readonly stream: string;
  readonly kinesisUrl: string;
  readonly dynamodbUrl: string;
  readonly opensearch: OpenSearchPlace;
  readonly letterFolder: string;
  /** Events from files may be of any age; those of the generator are of these days. */
  readonly anyAge: boolean;
}

export interface OpenSearchPlace {
  /** Without user and password. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** Takes user and password out of an address. */
export const openSearchPlace = (address: string): OpenSearchPlace => {
  const url = new URL(address);
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  return { url: url.href.replace(/\/$/, ''), username, password };
};

/** What the AWS SDK must know to talk to the embedded parts: they accept any credentials. */
export const awsEnvironment = (places: DemoPlaces): Record<string, string> => ({
  AWS_ENDPOINT_URL_KINESIS: places.kinesisUrl,
  AWS_ENDPOINT_URL_DYNAMODB: places.dynamodbUrl,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'demo',
  AWS_SECRET_ACCESS_KEY: 'demo',
});

/** Everything `shardline run` and `shardline produce` need to join a demo. */
export const demoEnvironment = (places: DemoPlaces): Record<string, string> => ({
  ...awsEnvironment(places),
  SHARDLINE_APPLICATION: 'shardline-demo',
  SHARDLINE_STREAM: places.stream,
  SHARDLINE_OPENSEARCH_NODE: places.opensearch.url,
  SHARDLINE_OPENSEARCH_AUTH: places.opensearch.username ? 'basic' : 'none',
  ...(places.opensearch.username && {
    SHARDLINE_OPENSEARCH_USERNAME: places.opensearch.username,
    SHARDLINE_OPENSEARCH_PASSWORD: places.opensearch.password,
  }),
  SHARDLINE_OPENSEARCH_REPLICAS: '0',
  SHARDLINE_DEAD_LETTER_TO: `file:${places.letterFolder}`,
  // Whatever is put on the demo's stream, the demo accounts for it.
  SHARDLINE_DEAD_LETTER_HOLD_ABOVE: 'off',
  ...(places.anyAge && { SHARDLINE_INDEX_WINDOW_PAST: 'unlimited' }),
  SHARDLINE_HTTP_HOST: '127.0.0.1',
  SHARDLINE_HTTP_PORT: '0',
});

/** Has the demo's own workers link to the page of what is trending. */
export const linkEnvironment = (trendingUrl: string | undefined): Record<string, string> =>
  trendingUrl === undefined ? {} : { SHARDLINE_HTTP_LINKS: JSON.stringify({ 'Trending now, by Spark': trendingUrl }) };

/** The user's environment without what would configure the demo's own worker differently. */
export const cleanEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^(AWS|SHARDLINE)_/.test(name)));

/** Lines for a shell; single quotes keep every character as it is. */
export const exportLines = (env: Readonly<Record<string, string>>): string[] =>
  Object.entries(env).map(([name, value]) => {
    const plain = /^[\w.:/@%+,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
    return `export ${name}=${plain}`;
  });
