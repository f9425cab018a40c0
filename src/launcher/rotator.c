/*
 * opm-rotator: moves the head of a log that others are appending to into a file of its own.
 *
 *     opm-rotator FILE LIMIT     the head becomes FILE.<start>-<end>; what is written meanwhile stays in FILE
 *     opm-rotator --flush FILE   empties FILE
 *
 * Each step leaves a trace that tells the next rotator how far this one came, so a kill at any point loses
 * and doubles nothing: (1) the head is copied to FILE.part and synced; (2) it is punched out of FILE: from now
 * on the copy is the only one; (3) FILE.part gets its name; (4) the hole is closed. Where the file system can
 * collapse a range (ext4, xfs, f2fs), (4) takes it out under the writers' feet, and the cut is at a line's end
 * that is a block's end too. Elsewhere FILE is moved whole, again and again until nothing was added meanwhile,
 * and truncated: what is written between the last look and the truncation is lost.
 */
#define _GNU_SOURCE
#include "log-position.h"
#include <sys/statfs.h>

#ifndef FALLOC_FL_COLLAPSE_RANGE
#define FALLOC_FL_COLLAPSE_RANGE 0x08 /* linux/falloc.h, which musl does not bring */
#endif

enum { OK = 0, NO_SPACE = 96, BUSY = 97, BROKEN = 98 };
enum { BUFFER_BYTES = 1 << 20, BLOCK_BYTES = 4096 };

static const char *path;
static char part_path[LOG_PATH_BYTES];
static int log_fd = -1, position_fd = -1, part_fd = -1;
static struct log_position at;
static long long block = BLOCK_BYTES;
static char buffer[BUFFER_BYTES];

static void die(const char *what) {
    int full = errno == ENOSPC || errno == EDQUOT;
    fprintf(stderr, "opm-rotator: %s: %s: %s\n", path, what, strerror(errno));
    /* Nothing was taken out of the log yet: a copy that is cut short only takes room. */
    if (at.moved == 0) unlink(part_path);
    exit(full ? NO_SPACE : BROKEN);
}

static long long size_of(int fd) {
    struct stat s;
    if (fstat(fd, &s) != 0) die("stat");
    return s.st_size;
}

static void remember(void) {
    if (position_write(position_fd, &at) != 0) die("position");
}

static int punch(int fd, long long from, long long to) {
    return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, to - from);
}

static int collapse(int fd, long long to) {
    return fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, to);
}

/* Tries it on the still empty part, because the log itself must not be tried on. */
static int can_collapse(void) {
    int can = ftruncate(part_fd, 2 * block) == 0 && collapse(part_fd, block) == 0;
    if (ftruncate(part_fd, 0) != 0) die("part");
    return can;
}

static void copy(long long from, long long to) {
    while (from < to) {
        size_t want = to - from < BUFFER_BYTES ? (size_t)(to - from) : BUFFER_BYTES;
        ssize_t n = pread(log_fd, buffer, want, from);
        if (n <= 0) die("read");
        for (ssize_t done = 0; done < n;) {
            ssize_t w = pwrite(part_fd, buffer + done, (size_t)(n - done), from - at.from + done);
            if (w < 0) die("copy");
            done += w;
        }
        from += n;
    }
}

static int is_zero(long long from, long long to) {
    for (ssize_t n; from < to; from += n) {
        size_t want = to - from < BUFFER_BYTES ? (size_t)(to - from) : BUFFER_BYTES;
        if ((n = pread(log_fd, buffer, want, from)) <= 0) return 0;
        for (ssize_t i = 0; i < n; i++) if (buffer[i]) return 0;
    }
    return 1;
}

/*
 * The largest end of a line that is the end of a block too, in the newer three quarters; 0 when there is none.
 * Never the very end: a range that reaches it cannot be collapsed.
 */
static long long line_and_block_end(long long size) {
    long long least = size / 4 < block ? block : size / 4;
    for (long long end = (size - 1) / block * block; end >= least; end -= block) {
        char last;
        if (pread(log_fd, &last, 1, end - 1) == 1 && last == '\n') return end;
    }
    return 0;
}

/* Copies up to `to` and takes it out of the log; under the lock from `lock` on. */
static void move(long long to) {
    at.moving = to;
    remember();
    copy(at.moved, to);
    if (fsync(part_fd) != 0) die("sync");
    if (punch(log_fd, at.moved, to) != 0 && errno != EOPNOTSUPP) die("punch");
    at.moved = to;
    remember();
}

/* The copy gets its name: the places of its first byte and of the byte after its last. */
static void name_part(void) {
    char name[LOG_PATH_BYTES + 64];
    long long start = at.base + at.from, end = at.base + at.moved;
    snprintf(name, sizeof name, "%s.%012lld-%012lld", path, start, end);
    if (at.moved > at.from && access(part_path, F_OK) == 0) {
        if (rename(part_path, name) != 0) die("rename");
        printf("kept %lld %lld\n", start, end);
    }
    at.from = at.moved;
    remember();
}

static void open_part(void) {
    part_fd = open(part_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (part_fd < 0) die("part");
}

/* The log begins after what was moved. */
static void settle(void) {
    at = (struct log_position){at.base + at.moved, 0, 0, 0};
    remember();
}

/* Closes the hole at the head of the log. */
static void shrink(void) {
    if (at.moved % block == 0 && at.moved < size_of(log_fd) && collapse(log_fd, at.moved) == 0) {
        settle();
        return;
    }
    for (long long size; (size = size_of(log_fd)) > at.moved;) {
        open_part();
        move(size);
        name_part();
    }
    if (ftruncate(log_fd, 0) != 0) die("truncate");
    settle();
}

/* Finishes, or takes back, what an earlier rotator was killed in. */
static void recover(void) {
    if (at.moving > at.moved) {
        int punched = at.moved == 0 ? has_hollow_head(log_fd) : is_zero(at.moved, at.moving);
        if (punched) at.moved = at.moving; else at.moving = at.moved;
        remember();
    }
    if (at.moved == 0) {
        unlink(part_path);
        return;
    }
    if (truncate(part_path, at.moved - at.from) != 0 && errno != ENOENT) die("part");
    name_part();
    if (has_hollow_head(log_fd)) shrink(); else settle();
}

static void rotate(long long limit) {
    long long size = size_of(log_fd);
    if (size < limit || size <= block) return;
    open_part();
    int collapses = can_collapse();
    long long end = collapses ? line_and_block_end(size) : size;
    if (end == 0 && size < 2 * limit) { unlink(part_path); return; }
    if (end == 0) end = (size - 1) / block * block; /* no line ends there: one is divided */
    at.moving = end;
    remember();
    /* Most of the work is done before anybody has to wait. */
    copy(0, end);
    if (fsync(part_fd) != 0 || fdatasync(log_fd) != 0) die("sync");
    flock(position_fd, LOCK_EX);
    if (punch(log_fd, 0, end) != 0 && errno != EOPNOTSUPP) die("punch");
    at.moved = end;
    remember();
    while (!collapses && (size = size_of(log_fd)) > at.moved) move(size);
    name_part();
    shrink();
}

static void flush(void) {
    flock(position_fd, LOCK_EX);
    at.moving = size_of(log_fd);
    remember();
    if (punch(log_fd, 0, at.moving) != 0 && errno != EOPNOTSUPP && at.moving > 0) die("punch");
    at.moved = at.from = at.moving;
    remember();
    if (ftruncate(log_fd, 0) != 0) die("truncate");
    settle();
}

int main(int argc, char **argv) {
    int flushes = argc == 3 && strcmp(argv[1], "--flush") == 0;
    long long limit = argc == 3 && !flushes ? atoll(argv[2]) : 0;
    if (argc != 3 || (!flushes && limit <= 0)) {
        fprintf(stderr, "usage: opm-rotator FILE LIMIT | opm-rotator --flush FILE\n");
        return BROKEN;
    }
    path = flushes ? argv[2] : argv[1];
    snprintf(part_path, sizeof part_path, "%s.part", path);
    log_fd = open(path, O_RDWR | O_CLOEXEC);
    if (log_fd < 0 && errno == ENOENT) return OK;
    if (log_fd < 0) die("open");
    /* One rotator at a time; the lock of the position is only for the moments that a reader must not see. */
    if (flock(log_fd, LOCK_EX | LOCK_NB) != 0) return BUSY;
    position_fd = position_open(path, O_RDWR | O_CREAT);
    if (position_fd < 0) die("position");
    struct statfs fs;
    if (fstatfs(log_fd, &fs) == 0 && (long long)fs.f_bsize > block) block = fs.f_bsize;
    at = position_read(position_fd);
    if (at.moving > 0) {
        flock(position_fd, LOCK_EX);
        recover();
        flock(position_fd, LOCK_UN);
    }
    if (flushes) flush(); else rotate(limit);
    return OK;
}
