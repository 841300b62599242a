// The constructs, for an app of somebody's own. What only this app needs (environments, stacks, bundling from src/) stays out:
// the package holds lib/ alone.
export { Registry, type RegistryProps } from './delivery/registry.ts';
export { WorkflowRole, type WorkflowRoleProps } from './delivery/workflow-role.ts';
export { ManagedDelivery, type ManagedDeliveryProps, type ManagedDomain } from './managed/managed-delivery.ts';
export { TransformFunction, type TransformFunctionProps } from './managed/transform-function.ts';
export { Endpoints, type EndpointsProps, type Passage } from './network/endpoints.ts';
export { FlowLogs, type FlowLogsProps } from './network/flow-logs.ts';
export { Network, type NetworkProps } from './network/network.ts';
export { AlarmTopic, type AlarmTopicProps } from './observability/alarm-topic.ts';
export { type Condition, raise, whenever } from './observability/condition.ts';
export { ofFirehose, ofFunction, ofLetters, ofWorkers } from './observability/conditions.ts';
export { WorkerDashboard, type WorkerDashboardProps } from './observability/worker-dashboard.ts';
export { argue, because } from './rights/because.ts';
export { keepLeases, putLetters, readStream, sendArchive, sendLetters } from './rights/service.ts';
export { OwnerRole } from './search/owner-role.ts';
export { ownDomain, useCollection, useDomain } from './search/rights.ts';
export { SearchCollection, type SearchCollectionProps } from './search/search-collection.ts';
export { SearchDomain, type SearchDomainProps } from './search/search-domain.ts';
export { FollowDesired, type FollowDesiredProps } from './service/follow-desired.ts';
export { PodRole, type PodRoleProps } from './service/pod-role.ts';
export { WorkerService, type WorkerServiceProps } from './service/worker-service.ts';
export { ARCHIVE_PREFIX, Archive, type ArchiveProps } from './stream/archive.ts';
export { DataKey, type DataKeyProps } from './stream/data-key.ts';
export { adoptedStream, EventStream, type EventStreamProps } from './stream/event-stream.ts';
export { LeaseTable, type LeaseTableProps } from './stream/lease-table.ts';
export { LetterQueue, type LetterQueueProps } from './stream/letter-queue.ts';
export { PrivateBucket, type PrivateBucketProps } from './stream/private-bucket.ts';
