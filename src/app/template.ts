import type { Config } from '../config/tree.ts';
import { backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import { describe } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Transform } from '../core/message.ts';
import { indexWildcards } from '../sink/index-pattern.ts';
import type { OpenSearchClient } from '../sink/opensearch/client.ts';
import { installTemplate, type TemplateOptions } from '../sink/opensearch/template.ts';
import { commonMappings, mergeMappings } from '../transform/common-mappings.ts';
import { isServerless } from './opensearch.ts';

export interface TemplateParts {
  readonly client: OpenSearchClient;
  readonly template: TemplateOptions;
  /** Told why it cannot be installed, and undefined once it is. */
  readonly onTrouble: (why: string | undefined) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Installs the index template, trying until it is there or the worker stops: a document indexed before it would fix
 * wrong mappings for a day.
 */
export const ensureTemplate = async (parts: TemplateParts, stop: AbortSignal): Promise<void> => {
  const { client, template, clock, random, log, onTrouble } = parts;
  for (let attempt = 0; !stop.aborted; attempt += 1) {
    try {
      const outcome = await installTemplate(client, template, stop);
      log.info({ template: template.name, version: template.version, outcome }, 'index template is installed');
      return onTrouble(undefined);
    } catch (thrown) {
      onTrouble(describe(thrown));
      if (attempt === 0) log.warn({ error: describe(thrown) }, 'index template is not installed yet; trying again');
      await clock.sleep(backoffMs(attempt, { firstMs: 500, maxMs: 5_000 }, random), stop);
    }
  }
};

/** The template that the configuration and the transform ask for. */
export const templateOf = (config: Config, transform: Transform): TemplateOptions => {
  const own = transform.template;
  return {
    name: config.application.toLowerCase(),
    indexPatterns: [...indexWildcards(config.index, config.indexWindow.outside.index), ...(transform.indices ?? [])],
    version: own?.version ?? 1,
    mappings: mergeMappings(commonMappings, own?.mappings ?? {}),
    composedOf: config.opensearch.componentTemplates,
    shards: isServerless(config)
      ? undefined
      : { primaries: config.opensearch.shards, replicas: config.opensearch.replicas },
  };
};
