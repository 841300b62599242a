/** Asks an embedded Kinesis; it checks no signature, so no SDK is needed. Rejects with what it says against it. */
export const askKinesis = async (url: string, operation: string, question: object): Promise<unknown> => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Kinesis_20131202.${operation}` },
    body: JSON.stringify(question),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${operation}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
};
