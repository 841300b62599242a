#!/bin/sh
# Usage: enter.sh ROOT USER GROUP FOLDER COMMAND…   as root of namespaces of its own (container.ts)
# Makes the folder ROOT a container's file system, read-only, and runs COMMAND in it without any rights, as process 1.
#   MOUNTS     lines "ro|rw HOST INSIDE": files and folders that it consists of
#   ROOTLESS   yes: whoever started this was not root, so USER is that user under another number
set -eu
root=$1 user=$2 group=$3 folder=$4
shift 4
mount -t tmpfs -o mode=755,size=1m tmpfs "$root"
mkdir "$root/proc" "$root/dev"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
for device in null zero random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
while read -r access host inside; do
  mkdir -p "$root${inside%/*}"
  if [ -d "$host" ]; then mkdir -p "$root$inside"; else : >"$root$inside"; fi
  mount --bind "$host" "$root$inside"
  mount -o "remount,bind,$access,nosuid,nodev" "$root$inside"
done <<MOUNTED
$MOUNTS
MOUNTED
mount -o remount,bind,ro,nosuid,nodev "$root"
if [ "$ROOTLESS" = yes ]; then
  set -- --user --map-user="$user" --map-group="$group" --root="$root" --wd="$folder" -- "$@"
else
  set -- --root="$root" --wd="$folder" --setgid="$group" --setuid="$user" -- "$@"
fi
unset MOUNTS ROOTLESS
exec setpriv --no-new-privs unshare "$@"
