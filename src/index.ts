/** The package's public door: what a transform module needs. */
export { PoisonError } from './core/errors.ts';
export type { Document, Message, Transform } from './core/message.ts';
export { type ConfigurableTransform, defineTransform, type PlainTransform } from './transform/define.ts';
