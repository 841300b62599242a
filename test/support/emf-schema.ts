import * as z from 'zod';

const reference = z.string().min(1).max(1_024);
const UNITS = ['Seconds', 'Bytes', 'Percent', 'Count', 'None'];

/**
 * What CloudWatch takes ("Specification: Embedded metric format" in its user guide, with the schema there): at most 100 metrics
 * and 30 dimensions in a set, and what they name stands at the root, numbers and texts.
 */
export const emfDocument = z
  .looseObject({
    _aws: z.strictObject({
      Timestamp: z.int().positive(),
      CloudWatchMetrics: z
        .array(
          z.strictObject({
            Namespace: z
              .string()
              .min(1)
              .max(1_024)
              .regex(/^(?!AWS\/)/),
            Dimensions: z.array(z.array(reference).max(30)).min(1),
            Metrics: z
              .array(
                z.strictObject({
                  Name: reference,
                  Unit: z.enum(UNITS).optional(),
                  StorageResolution: z.literal([1, 60]).optional(),
                }),
              )
              .min(1)
              .max(100),
          }),
        )
        .min(1),
    }),
  })
  .superRefine((root, context) => {
    for (const { Dimensions, Metrics } of root._aws.CloudWatchMetrics) {
      const names = Metrics.map(({ Name }) => Name);
      const faults = [
        ...names.filter((name) => !Number.isFinite(root[name])),
        ...names.filter((name, at) => names.indexOf(name) !== at),
        ...Dimensions.flat().filter((name) => typeof root[name] !== 'string'),
      ];
      for (const name of faults) context.addIssue({ code: 'custom', message: `${name} has no value, or two` });
    }
  });

/** Most bytes of a document. */
export const EMF_MOST_BYTES = 1_048_576;
