import { CfnPodIdentityAssociation } from 'aws-cdk-lib/aws-eks';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

export interface PodRoleProps {
  readonly name: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly rights: readonly PolicyStatement[];
}

/**
 * The role of workers that the Helm chart runs on an EKS cluster, by Pod Identity: it belongs to a service account, and
 * nothing in the cluster names it. The cluster needs the add-on `eks-pod-identity-agent`.
 */
export class PodRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { name, cluster, namespace, serviceAccount, rights }: PodRoleProps) {
    super(scope, id);
    const pods = new ServicePrincipal('pods.eks.amazonaws.com');
    this.role = new Role(this, 'Role', {
      assumedBy: pods,
      description: `Workers of ${name} in ${namespace}/${serviceAccount} of ${cluster}`,
    });
    // EKS tags the session with cluster, namespace and service account ("EKS Pod Identity role", EKS user guide).
    this.role.assumeRolePolicy?.addStatements(new PolicyStatement({ principals: [pods], actions: ['sts:TagSession'] }));
    for (const right of rights) this.role.addToPolicy(right);
    new CfnPodIdentityAssociation(this, 'Association', {
      clusterName: cluster,
      namespace,
      serviceAccount,
      roleArn: this.role.roleArn,
    });
  }
}
