#!/bin/sh
# The launcher for where no compiled one serves: same options, same run file. README.md has its limits.
set -u

lock= run= name=- out= err= cgroup= kill_signal=15 kill_timeout=5000 leave_tree= mask= nice= nofile= core= ready= alive= reader=
uid= gid= groups= identity=
unsupported=

broken() { printf 'opm-launcher: %s\n' "$1" >&2; exit 98; }

while [ $# -gt 0 ] && [ "$1" != -- ]; do
  case $1 in
    --leave-tree) leave_tree=1; shift; continue ;;
    --lock) lock=$2 ;;
    --run) run=$2 ;;
    --name) name=$2 ;;
    --out) out=$2 ;;
    --err) err=$2 ;;
    --cgroup) cgroup=$2 ;;
    --kill-signal) kill_signal=$2 ;;
    --kill-timeout) kill_timeout=$2 ;;
    --umask) mask=$2 ;;
    --nice) nice=$2 ;;
    --nofile) nofile=$2 ;;
    --core) core=$2 ;;
    --uid) uid=$2 ;;
    --gid) gid=$2 ;;
    --groups) groups=$2 ;;
    # Node's channel is a socket, and dash knows no descriptor above 9.
    --ready) ready=$2; case $2 in [3-7]) ;; *) unsupported=ready ;; esac ;;
    --alive) alive=$2; case $2 in [3-7]) ;; *) unsupported=ready ;; esac ;;
    *) broken "unknown option $1" ;;
  esac
  shift 2
done
[ $# -ge 2 ] || broken 'no program'
shift
[ -n "$lock" ] && [ -n "$run" ] || broken '--lock and --run are needed'

now() {
  ms=$(date +%s%3N)
  case $ms in *[!0-9]*) ms=$(date +%s)000 ;; esac
  printf %s "$ms"
}

# Field 22 of /proc/PID/stat; the command name may hold spaces and parentheses, so cut at the last one.
start_ticks() {
  read -r stat <"/proc/$1/stat" || return 1
  set -- ${stat##*) }
  shift 19
  printf %s "$1"
}

line_feed='
'

# Living processes of the run, not this launcher: its session, who carries its mark, and who is in its cgroup or
# has inherited its lock, unless by another mark it is foreign. A colon at the end: a foreign one has the lock.
members() {
  # One look at all of them first: asking each alone would take a second on a busy machine.
  marked=" $(grep -lF "OPM_SPAWN_KEY=${OPM_SPAWN_KEY-}" /proc/[0-9]*/environ 2>/dev/null | tr '/\n' '  ')"
  joined=
  [ -z "$cgroup" ] || joined=" $(cat "$cgroup/cgroup.procs" 2>/dev/null | tr '\n' ' ')"
  foreign=
  for dir in /proc/[0-9]*; do
    pid=${dir#/proc/}
    [ "$pid" != $$ ] || continue
    { read -r stat <"$dir/stat"; } 2>/dev/null || continue
    set -- ${stat##*) }
    environ=$dir/environ
    if [ "$1" = Z ]; then
      # A zombie whose other threads work on lives; they show its environment.
      [ "${18}" -gt 1 ] || continue
      environ="$dir/task/*/environ"
    fi
    [ "$2" != $$ ] || [ "$4" != "$own_session" ] || continue
    [ "$4" != "$leader" ] || { printf '%s ' "$pid"; continue; }
    holds=
    [ ! "$dir/fd/9" -ef "$lock" ] || holds=1
    known=$holds
    case $1$marked$joined in Z* | *" $pid environ "* | *" $pid "*) known=1 ;; esac
    [ -n "$known" ] || continue
    variables=$line_feed$(cat $environ 2>/dev/null | tr '\0' '\n')$line_feed
    case $variables in
      *"${line_feed}OPM_SPAWN_KEY=${OPM_SPAWN_KEY-}$line_feed"*) printf '%s ' "$pid" ;;
      *"${line_feed}OPM_SPAWN_KEY="* | *"${line_feed}OPM_DAEMON="*) foreign=$foreign$holds ;;
      *) case $holds$joined in 1* | *" $pid "*) printf '%s ' "$pid" ;; esac ;;
    esac
  done
  [ -z "$foreign" ] || printf :
}

# Whether nobody has inherited the lock. Who forks and ends all the time is not seen by a look, but here.
is_free() {
  exec 9>&- 9>>"$lock"
  flock -n 9
}

[ ! -e "$run" ] || exit 97
exec 9>>"$lock" || broken "$lock"
tries=0
until flock -n 9; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || exit 97
  sleep 0.01
done
claim=$(printf 'claim %s %s %s' $$ "$(start_ticks $$)" "$(now)")
(umask 077; set -C; printf '%s\n' "$claim" >"$run") 2>/dev/null || { [ -e "$run" ] && exit 97; broken "$run"; }

for signal in HUP INT QUIT TERM USR1 USR2 PIPE; do trap : "$signal"; done
own_session=$(set -- $(cat /proc/$$/stat | sed 's/.*) //'); printf %s "$4")
[ -z "$leave_tree" ] || keep=9

# How many bytes were ever written to a log: what was moved out of it, and its size (see log-position.h).
position() {
  [ -n "$1" ] || { printf %s -1; return; }
  moved= size=0
  [ ! -r "$1.pos" ] || IFS=' ' read -r moved rest <"$1.pos"
  moved=${moved#"${moved%%[!0]*}"}
  [ ! -f "$1" ] || size=$(wc -c <"$1")
  printf %s $((${moved:-0} + size))
}
output() { printf 'output %s %s %s\n' "$1" "$(position "$out")" "$(position "$err")" >>"$run"; }

fail() {
  printf 'fail %s %s %s %s\nempty %s 0 0 0 0\n' "$1" "$2" "$3" "$(now)" "$(now)" >>"$run"
  exit 0
}
[ -z "$unsupported" ] || fail "$unsupported" 38 ENOSYS
[ -z "$uid" ] || identity="--reuid=$uid"
[ -z "$gid" ] || identity="$identity --regid=$gid ${groups:+--groups=}${groups:---clear-groups}"
if [ -n "$identity" ]; then
  command -v setpriv >/dev/null || fail user 38 ENOSYS
  setpriv $identity -- true 2>/dev/null || fail user 1 EPERM
fi
case $1 in
  */*) path=$1 ;;
  *) path=$(IFS=:; for dir in $PATH; do [ -x "$dir/$1" ] && [ ! -d "$dir/$1" ] && printf %s "$dir/$1" && break; done) ;;
esac
[ -n "$path" ] && [ -e "$path" ] || fail exec 2 ENOENT
[ -x "$path" ] && [ ! -d "$path" ] || fail exec 13 EACCES
shift

output from

# A pipe whose both ends stay open here; whoever waits for its lines ends with the first one, or with the run. A sign of
# life is a new time of the run file.
if [ -n "$ready$alive" ]; then
  mkfifo "$run.ready" && exec 8<>"$run.ready" && rm -f "$run.ready" || broken "$run.ready"
  (
    exec 9>&-
    if [ -n "$ready" ]; then read -r _ <&8 && printf 'ready %s\n' "$(now)" >>"$run"; fi
    while [ -n "$alive" ] && read -r _ <&8; do touch -c "$run"; done
  ) &
  reader=$!
fi

# The program's own shell: it notes its pid, gets its limits and becomes the program (exec keeps the pid).
export OPM_LAUNCH_RUN="$run" OPM_LAUNCH_LIMITS="$mask,$nofile,$core,$nice,$cgroup" OPM_LAUNCH_KEEP="${keep-}"
export OPM_LAUNCH_READY="${ready:-$alive}" OPM_LAUNCH_IDENTITY="$identity"
become='
  IFS=, read -r mask nofile core nice cgroup <<LIMITS
$OPM_LAUNCH_LIMITS
LIMITS
  ms=$(date +%s%3N); case $ms in *[!0-9]*) ms=$(date +%s)000 ;; esac
  refuse() { printf "fail limits 1 EPERM %s\n" "$ms" >>"$OPM_LAUNCH_RUN"; exit 98; }
  [ -z "$mask" ] || umask "$mask"
  [ -z "$nofile" ] || ulimit -n "$nofile" 2>/dev/null || refuse
  [ -z "$core" ] || ulimit -c $((core / 512)) 2>/dev/null || refuse
  [ -z "$nice" ] || renice "$nice" -p $$ >/dev/null 2>&1 || refuse
  [ -z "$cgroup" ] || { echo $$ >"$cgroup/cgroup.procs"; } 2>/dev/null
  read -r stat <"/proc/$$/stat"; path=$1; shift
  ticks=$(set -- ${stat##*) }; shift 19; printf %s "$1")
  printf "start %s %s %s\n" $$ "$ticks" "$ms" >>"$OPM_LAUNCH_RUN"
  [ -z "$OPM_LAUNCH_KEEP" ] || exec 9>&-
  [ -z "$OPM_LAUNCH_READY" ] || eval "exec $OPM_LAUNCH_READY>&8 8>&-"
  identity=$OPM_LAUNCH_IDENTITY
  unset OPM_LAUNCH_RUN OPM_LAUNCH_LIMITS OPM_LAUNCH_KEEP OPM_LAUNCH_READY OPM_LAUNCH_IDENTITY
  exec ${identity:+setpriv $identity --} "$path" "$@"
'
(umask 077; : >>"${out:-/dev/null}"; : >>"${err:-/dev/null}")
setsid -w sh -c "$become" sh "$path" "$@" </dev/null >>"${out:-/dev/null}" 2>>"${err:-/dev/null}"
status=$?
[ -z "$reader" ] || kill "$reader" 2>/dev/null
leader=$(sed -n 's/^start \([0-9]*\) .*/\1/p' "$run")
if grep -q '^fail ' "$run"; then
  exec 9>&-
  printf 'empty %s 0 0 0 0\n' "$(now)" >>"$run"
  exit 0
fi
if [ $status -gt 128 ]; then
  printf 'exit signal %s 0 %s\n' $((status - 128)) "$(now)" >>"$run"
else
  printf 'exit code %s %s\n' $status "$(now)" >>"$run"
fi

if [ -z "$leave_tree" ] && [ -n "$leader" ]; then
  left=$(members)
  [ -z "${left%:}" ] || kill -"$kill_signal" ${left%:} 2>/dev/null
  deadline=$(($(now) + kill_timeout))
  while left=$(members); [ -n "${left%:}" ] || { [ -z "$left" ] && ! is_free; }; do
    [ -z "${left%:}" ] || [ "$(now)" -lt $deadline ] || kill -9 ${left%:} 2>/dev/null
    sleep 0.05
  done
fi
output to
exec 9>&-
printf 'empty %s 0 0 0 0\n' "$(now)" >>"$run"
