/*
 * opm-reader: carries what programs write into pipes to their logs, line by line, with times or as JSON.
 *
 *     opm-reader FOLDER     the folder of the pipes of one epoch; ends by itself when there has been none for a while
 *
 * In FOLDER, for each run (KEY) that is read:
 *
 *     KEY.spec                    how to write it, see spec.h; written by the daemon before the launch
 *     KEY.out  KEY.err            pipes; made by the launcher. It and its program hold both ends of them, so nobody
 *                                 else's death breaks them, and a full one makes the program wait
 *     KEY.out.spool  .state       what was taken out of the pipe, and how far it was written to the log
 *
 * Whatever kills it when, no byte is lost or doubled: splice(2) takes bytes out of the pipe into the spool in one
 * system call, which a signal can cut short but not between the two; from there on everything can be repeated. Before
 * a batch is written to the log, the log's size is noted; whoever comes next cuts the log back to it and writes again.
 *
 * There are two of it: one reads, and its child waits for the lock that the kernel releases when the first dies, then
 * reads on and has a child of its own. A child that ends at once is followed by another after a pause, which grows.
 *
 * Both end when FOLDER/reader.lock is no longer the file that they lock: the folder was deleted or replaced, and
 * whoever is started there next would read beside us.
 */
#define _GNU_SOURCE
#include "../clock.h"
#include "die.h"
#include "folder.h"
#include "log.h"
#include "pipes.h"
#include "standby.h"
#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

enum {
    IDLE_MS = 5000, /* without any pipe it ends after this */
    EVENTS = 64,
    MAX_WAIT_MS = 3600000,
};

static int poller, watcher, signals;

static void read_on(void);

/* In the child that stood by. */
static void take_over(void) {
    forget_pipes();
    forget_logs();
    read_on();
}

/*
 * Ends when there is nothing to read. Whoever wants a reader writes a spec first and tries the lock then: either it
 * gets the lock that is free by now, or we see its spec.
 */
static int may_end(void) {
    if (has_pipes() || sweep_specs() > 0) return 0;
    stop_standby();
    lock_folder(LOCK_UN);
    if (sweep_specs() == 0) return 1;
    if (lock_folder(LOCK_EX | LOCK_NB) != 0) return 1;
    have_standby(take_over);
    return 0;
}

static void hear_signals(void) {
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGUSR2) reopen_logs();
        if (info.ssi_signo == SIGCHLD) reap_standby();
    }
}

static void hear_folder(void) {
    static char buffer[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
    int found = 0;
    for (ssize_t n; (n = read(watcher, buffer, sizeof buffer)) > 0;)
        for (char *at = buffer; at < buffer + n;) {
            struct inotify_event *event = (struct inotify_event *)at;
            if (event->mask & IN_MOVED_TO) {
                renew_limits(event->name);
                found = 1;
            } else end_if_gone();
            at += sizeof *event + event->len;
        }
    if (found) scan(poller);
}

/* How long to wait for events: until somebody has to be tried again, or a log is old. */
static int wait_ms(int has_stuck) {
    long long wait = has_stuck ? RETRY_MS : has_pipes() ? -1 : IDLE_MS;
    wait = sooner(sooner(wait, keep_logs_young()), standby_due_in());
    return wait > MAX_WAIT_MS ? MAX_WAIT_MS : (int)wait;
}

static void read_on(void) {
    sigset_t heard;
    sigemptyset(&heard);
    sigaddset(&heard, SIGCHLD);
    sigaddset(&heard, SIGUSR2);
    sigprocmask(SIG_BLOCK, &heard, NULL);
    signals = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
    poller = epoll_create1(EPOLL_CLOEXEC);
    watcher = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (signals < 0 || poller < 0 || watcher < 0) die("start");
    int is_watched = watch_folder(watcher) == 0;
    if (is_folder_gone()) exit(0);
    if (!is_watched) die("watch");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &watcher};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, watcher, &event) != 0) die("poll");
    event.data.ptr = &signals;
    if (epoll_ctl(poller, EPOLL_CTL_ADD, signals, &event) != 0) die("poll");
    have_standby(take_over);
    scan(poller);
    for (;;) {
        int has_stuck = is_stuck();
        struct epoll_event events[EVENTS];
        int n = epoll_wait(poller, events, EVENTS, wait_ms(has_stuck));
        if (n == 0 && !has_stuck && may_end()) return;
        int is_news = 0;
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == &signals) hear_signals();
            else if (events[i].data.ptr == &watcher) is_news = 1;
            else serve(events[i].data.ptr);
        }
        if (is_news) hear_folder();
        if (standby_due_in() == 0) have_standby(take_over);
        scan_missed(poller);
        if (has_stuck) serve_stuck();
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: opm-reader FOLDER\n");
        return 2;
    }
    prctl(PR_SET_NAME, "opm-reader");
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    setsid();
    if (open_folder(argv[1]) != 0) die(argv[1]);
    /* Somebody reads already. */
    if (lock_folder(LOCK_EX | LOCK_NB) != 0) return 0;
    read_on();
    return 0;
}
