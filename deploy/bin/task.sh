#!/usr/bin/env bash
# Runs a command of shardline once, as a task of ECS beside the workers, and prints what it says: task.sh [--owner] NAME COMMAND…
# NAME: of the environment, APPLICATION-SUFFIX (shardline-dev). --owner: as the master user of its OpenSearch domain. The word
# WORKER in the command becomes the ARN of the role that the workers run as. Ends as the command does.
set -euo pipefail

die() {
  printf 'task.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

owner=false
if [ "${1:-}" = --owner ]; then
  owner=true
  shift
fi
[ $# -ge 2 ] || die 'usage: task.sh [--owner] NAME COMMAND…' 2
name=$1
[[ "$name" =~ ^[a-z][a-z0-9-]{1,40}$ ]] || die "NAME is \"$name\": expected APPLICATION-SUFFIX, such as shardline-dev" 2
shift

asked() { aws ecs describe-services --cluster "$name" --services "$name" --query "$1" --output "$2"; }
definition=$(asked 'services[0].taskDefinition' text)
[[ "$definition" == arn:* ]] || die "there is no service $name in the cluster $name"
network=$(asked 'services[0].networkConfiguration' json)
worker=$(aws ecs describe-task-definition --task-definition "$definition" --query taskDefinition.taskRoleArn --output text)

# shellcheck disable=SC2016 # the script is JavaScript
overrides=$(
  WORKER=$worker OWNER=$owner NAME=$name node -e '
    const { WORKER, OWNER, NAME } = process.env;
    const { region, account, partition } = /^arn:(?<partition>[^:]+):ecs:(?<region>[^:]+):(?<account>\d+):/.exec(process.argv[1]).groups;
    const command = process.argv.slice(2).map((word) => (word === "WORKER" ? WORKER : word));
    const taskRoleArn = `arn:${partition}:iam::${account}:role/${NAME}-search-owner-${region}`;
    console.log(JSON.stringify({ ...(OWNER === "true" && { taskRoleArn }), containerOverrides: [{ name: "worker", command }] }));
  ' "$definition" "$@"
)
task=$(aws ecs run-task --cluster "$name" --task-definition "$definition" --launch-type FARGATE \
  --network-configuration "$network" --overrides "$overrides" --query 'tasks[0].taskArn' --output text)
[[ "$task" == arn:* ]] || die "ECS started no task of $definition"
printf 'started %s, waiting for its end …\n' "${task##*/}" >&2
aws ecs wait tasks-stopped --cluster "$name" --tasks "$task"
aws logs get-log-events --log-group-name "/shardline/$name/workers" --log-stream-name "worker/worker/${task##*/}" \
  --start-from-head --query 'events[].[message]' --output text
code=$(aws ecs describe-tasks --cluster "$name" --tasks "$task" --query 'tasks[0].containers[0].exitCode' --output text)
[[ "$code" =~ ^[0-9]+$ ]] || die "the task did not run: $(aws ecs describe-tasks --cluster "$name" --tasks "$task" --query 'tasks[0].stoppedReason' --output text)"
exit "$code"
