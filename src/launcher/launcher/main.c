/*
 * opm-launcher: runs one program at most once and writes down how it ended.
 *
 * It takes the slot's lock and claims its run file, both through the kernel; only then does it run the
 * program, as its child and in a session of its own. As child subreaper it inherits whatever the
 * program leaves behind, so it knows when nothing of the tree is alive. README.md has the contract.
 */
#define _GNU_SOURCE
#include "../clock.h"
#include "channels.h"
#include "exit.h"
#include "options.h"
#include "output.h"
#include "proc.h"
#include "program.h"
#include "run-file.h"
#include "supervise.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct options o = parse(argc, argv);
    hide_arguments(&o, argc, argv);
    if (getsid(0) != getpid()) setsid();
    /* A fenced key is refused before the slot is touched: it may belong to a successor by now. */
    if (access(o.run, F_OK) == 0) exit(REFUSED);
    int lock = take_slot(o.lock);
    claim(o.run);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) die("subreaper");

    sigset_t all, heard;
    signal(SIGCHLD, SIG_DFL); /* an inherited SIG_IGN would let children vanish unreaped (wait(2)) */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    sigemptyset(&heard);
    sigaddset(&heard, SIGCHLD);
    if (o.messages) sigaddset(&heard, SIGUSR2);
    int signals = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) die("signalfd");

    note_output(&o, "from");
    long oom_before = oom_kills();
    pid_t leader = start_program(&o, lock);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; null >= 0 && fd <= 2; fd++) dup2(null, fd);
    if (chdir("/") != 0) errno = 0;
    if (leader > 0) supervise(&o, leader, signals);
    while (!o.leave_tree && waitpid(-1, NULL, WNOHANG) > 0) continue;

    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    long oom_after = oom_before < 0 ? -1 : oom_kills();
    if (drain_pipes(&o)) note_output(&o, "to");
    /* Freed before the last line: whoever reads that line may take the slot at once. */
    close(lock);
    note("empty %lld %ld %ld %ld %ld\n", now_ms(CLOCK_REALTIME),
         used.ru_utime.tv_sec * 1000L + used.ru_utime.tv_usec / 1000,
         used.ru_stime.tv_sec * 1000L + used.ru_stime.tv_usec / 1000, used.ru_maxrss,
         oom_after > oom_before ? oom_after - oom_before : 0);
    return 0;
}
