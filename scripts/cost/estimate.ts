import { ASSUMED, DAYS, FIREHOSE_STEP, GIB, HOURS, LAMBDA_MB_PER_CPU, MEASURED, STREAM_STEP } from './facts.ts';
import type { Usd } from './prices.ts';
import { type Fleet, fleetFor, type Load, monthGb } from './size.ts';

/** One item of a bill, in US dollars a month. */
export interface Item {
  readonly name: string;
  readonly usd: number;
}

export interface Bill {
  readonly name: string;
  readonly items: readonly Item[];
}

export const total = ({ items }: Bill): number => items.reduce((sum, { usd }) => sum + usd, 0);

const leases = ({ workers, shards }: Fleet, usd: Usd): Item => {
  const units = Math.ceil((shards * ASSUMED.leaseRowBytes) / 4_096) / 2;
  const writes = MEASURED.leaseWritesPerShardHour * shards * HOURS * usd.dynamodbWrite;
  const reads = MEASURED.leaseScansPerWorkerHour * workers * HOURS * units * usd.dynamodbRead;
  return { name: 'lease table', usd: writes + reads };
};

/** What leaves a worker for an OpenSearch whose node is as often in another zone as not. */
const betweenZones = (load: Load, usd: Usd): Item => ({
  name: 'documents to another zone',
  usd: monthGb(load) * ASSUMED.documentRatio * (1 - 1 / ASSUMED.zones) * usd.zoneGb,
});

const endpoints = (load: Load, usd: Usd): Item => ({
  name: 'interface endpoints',
  usd: ASSUMED.endpoints * ASSUMED.zones * HOURS * usd.endpointHour + monthGb(load) * usd.endpointGb,
});

const logs = ({ workers }: Fleet, usd: Usd): Item => ({
  name: 'logs',
  usd: workers * ASSUMED.logGbPerWorker * usd.logGb,
});

const watch = (metrics: number, usd: Usd): Item => ({
  name: 'metrics, alarms, dashboard',
  usd: metrics * usd.metric + ASSUMED.alarms * usd.alarm + ASSUMED.dashboards * usd.dashboard,
});

/** Two nodes at least, three quarters of which are for the workers. */
const nodes = ({ task, workers }: Fleet): number => Math.max(2, Math.ceil((task.vcpu * workers) / 1.5));

const ecs = (load: Load, fleet: Fleet, usd: Usd): Bill => {
  const { task, workers } = fleet;
  const taskHour = task.vcpu * usd.fargateVcpuHour + task.gb * usd.fargateGbHour;
  return {
    name: 'ECS Fargate',
    items: [
      { name: 'tasks', usd: workers * HOURS * taskHour },
      leases(fleet, usd),
      endpoints(load, usd),
      betweenZones(load, usd),
      logs(fleet, usd),
      watch(ASSUMED.metrics, usd),
    ],
  };
};

const eks = (load: Load, fleet: Fleet, usd: Usd): Bill => ({
  name: 'EKS, a cluster for it alone',
  items: [
    { name: 'cluster', usd: HOURS * usd.eksClusterHour },
    { name: 'nodes', usd: nodes(fleet) * HOURS * usd.nodeHour },
    leases(fleet, usd),
    endpoints(load, usd),
    betweenZones(load, usd),
    logs(fleet, usd),
    watch(ASSUMED.metrics, usd),
  ],
});

const eksShared = (load: Load, fleet: Fleet, usd: Usd): Bill => {
  const { task, workers } = fleet;
  // Of nodes with 2 vCPU and 4 GiB: by whichever it takes more of.
  const share = Math.max(task.vcpu / 2, task.gb / 4);
  return {
    name: 'EKS, in a cluster that is there',
    items: [
      { name: 'its share of nodes', usd: workers * share * HOURS * usd.nodeHour },
      leases(fleet, usd),
      betweenZones(load, usd),
      logs(fleet, usd),
    ],
  };
};

/** Calls of the function in a month: by size, or by time where little comes; Firehose takes each shard by itself. */
export const lambdaCalls = (load: Load, shards: number): number => {
  const { bufferBytes, bufferSeconds } = ASSUMED.lambda;
  const bySize = (load.eventsPerDay * DAYS * load.bytes) / bufferBytes;
  const byTime = (HOURS * 3_600 * shards) / bufferSeconds;
  return Math.max(bySize, byTime);
};

const managed = (load: Load, fleet: Fleet, usd: Usd): Bill => {
  const { memoryMb, overheadSeconds, logBytesPerCall } = ASSUMED.lambda;
  const calls = lambdaCalls(load, fleet.shards);
  const cpuSeconds = ((load.eventsPerDay * DAYS * load.bytes) / 1e6) * MEASURED.lambdaCpuSecondsPerMb;
  const seconds = (cpuSeconds * LAMBDA_MB_PER_CPU) / memoryMb + calls * overheadSeconds;
  const documents = monthGb(load) * ASSUMED.documentRatio;
  return {
    name: 'Firehose and Lambda',
    items: [
      { name: 'Firehose, by records of 5 KB', usd: monthGb(load, FIREHOSE_STEP) * usd.firehoseGb },
      {
        name: 'delivery into the VPC',
        usd: documents * usd.firehoseVpcGb + ASSUMED.zones * HOURS * usd.firehoseVpcHour,
      },
      { name: 'function', usd: calls * usd.lambdaRequest + (seconds * memoryMb * usd.lambdaGbSecond) / 1_024 },
      { name: 'logs', usd: ((calls * logBytesPerCall) / GIB) * usd.logGb },
      // Firehose's and Lambda's own metrics cost nothing.
      watch(0, usd),
    ],
  };
};

/** What all of them read from, in on-demand mode. */
const stream = (load: Load, usd: Usd): Bill => {
  const perDay = monthGb(load) / DAYS;
  return {
    name: 'the stream, common to all',
    items: [
      { name: 'stream', usd: HOURS * usd.streamHour },
      { name: 'records in', usd: monthGb(load, STREAM_STEP) * usd.streamInGb },
      { name: 'records out, once', usd: monthGb(load) * usd.streamOutGb },
      { name: 'kept beyond 24 hours', usd: perDay * (ASSUMED.keptDays - 1) * usd.streamKeptGb },
    ],
  };
};

export interface Estimate {
  readonly load: Load;
  readonly fleet: Fleet;
  readonly stream: Bill;
  /** Without the stream. */
  readonly platforms: readonly Bill[];
}

/** What a month costs on each platform. */
export const estimate = (load: Load, usd: Usd): Estimate => {
  const fleet = fleetFor(load);
  return {
    load,
    fleet,
    stream: stream(load, usd),
    platforms: [ecs, eks, eksShared, managed].map((bill) => bill(load, fleet, usd)),
  };
};
