import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Repository, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import { Construct } from 'constructs';

export interface RegistryProps {
  readonly name: string;
  readonly removalPolicy: RemovalPolicy;
}

/** Enough to go back a long way; what an environment runs is among the last few. */
const KEPT_IMAGES = 100;

/** Where an environment's images are pulled from without the internet. A tag, once given, stays with its image. */
export class Registry extends Construct {
  readonly repository: Repository;

  constructor(scope: Construct, id: string, { name, removalPolicy }: RegistryProps) {
    super(scope, id);
    this.repository = new Repository(this, 'Repository', {
      repositoryName: name,
      imageScanOnPush: true,
      imageTagMutability: TagMutability.IMMUTABLE,
      emptyOnDelete: removalPolicy === RemovalPolicy.DESTROY,
      removalPolicy,
      lifecycleRules: [
        {
          rulePriority: 1,
          description: 'parts of pushes that failed',
          maxImageAge: Duration.days(7),
          tagStatus: TagStatus.UNTAGGED,
        },
        { rulePriority: 2, description: 'the last ones', maxImageCount: KEPT_IMAGES },
      ],
    });
  }
}
