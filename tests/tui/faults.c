/* Runs a command and lets one of its calls that write below a folder fail, or notes them all.
 *
 *     faults [-n N] [-k] [-e ENOSPC|EIO] [-l LOG] [-c CALLS] [-t TRACE] [-a ACKNOWLEDGED]
 *            FOLDER COMMAND...
 *
 * The N-th call that opens for writing, writes, syncs, cuts, renames, makes a folder or closes what
 * was written, of a file below FOLDER, fails with the error instead of being done (a close fails
 * after it is done); with -k every such call after it as well, as on a full disk. LOG gets a line
 * with the number of calls and, if one failed, which; CALLS a line for each: what it is and the
 * file below FOLDER. TRACE gets every call with its data, for cut.c; each write to the file
 * ACKNOWLEDGED is noted as a mark in it, with the text.
 *
 * By ptrace and not by a preloaded library: then also stdio's writes are seen, which the C library
 * does inside itself. Exit status: the command's, 128 + signal if it was killed, 125 where tracing
 * is not possible. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if !defined(__x86_64__)
int main(void)
{
    fputs("faults: only written for x86-64\n", stderr);
    return 125;
}
#else

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

enum { PATH = 4096, DATA = 1 << 26 };

struct tracer {
    const char *folder, *acknowledged, *log;
    size_t folder_length;
    long wanted, calls;
    int keep, error;
    FILE *trace, *list;
    char failed[PATH + 64];
    unsigned char *data;
    struct {
        pid_t thread;
        int error;
    } closing[64]; /* whose close is under way and shall fail */
};

/* A call as it stands: the paths are absolute, "" for none of ours. */
struct call {
    const char *name;
    char kind; /* of the trace: O W T S R U M, C close */
    char path[PATH], to[PATH];
    unsigned long long at[2], size[2]; /* data in the command's memory */
    long long offset;                  /* -1: at the end */
};

static int below(const struct tracer *t, const char *path)
{
    return strncmp(path, t->folder, t->folder_length) == 0 &&
           (path[t->folder_length] == '/' || path[t->folder_length] == 0);
}

static void link_of(pid_t thread, const char *what, int fd, char out[PATH])
{
    char name[64];
    snprintf(name, sizeof name, fd < 0 ? "/proc/%d/%s" : "/proc/%d/%s/%d", (int)thread, what, fd);
    ssize_t n = readlink(name, out, PATH - 1);
    out[n > 0 ? n : 0] = 0;
}

static size_t peek(pid_t thread, unsigned long long at, void *out, size_t size)
{
    struct iovec mine = {out, size}, theirs = {(void *)(uintptr_t)at, size};
    ssize_t n = process_vm_readv(thread, &mine, 1, &theirs, 1, 0);
    return n > 0 ? (size_t)n : 0;
}

static void path_at(pid_t thread, int folder, unsigned long long at, char out[PATH])
{
    char text[PATH], base[PATH] = "";
    size_t n = 0, part = 0;
    do { /* a piece does not go beyond a page that is there */
        n += part;
        part = 128 - (size_t)((at + n) % 128);
        part = n + part < PATH ? peek(thread, at + n, text + n, part) : 0;
    } while (part > 0 && !memchr(text + n, 0, part));
    if (part == 0)
        text[n] = 0;
    if (text[0] != '/')
        link_of(thread, folder == AT_FDCWD ? "cwd" : "fd", folder == AT_FDCWD ? -1 : folder, base);
    if (snprintf(out, PATH, "%s%s%s", base, base[0] ? "/" : "", text) >= PATH)
        out[0] = 0;
}

static long long number_in(pid_t thread, int fd, const char *what, int base)
{
    char name[64], line[128];
    long long value = 0;
    snprintf(name, sizeof name, "/proc/%d/fdinfo/%d", (int)thread, fd);
    FILE *f = fopen(name, "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, what, strlen(what)) == 0)
            value = strtoll(line + strlen(what), NULL, base);
    if (f)
        fclose(f);
    return value;
}

static void of_file(pid_t thread, int fd, struct call *c)
{
    link_of(thread, "fd", fd, c->path);
    long long flags = number_in(thread, fd, "flags:", 8);
    if (c->kind == 'W' && c->offset < 0 && !(flags & O_APPEND))
        c->offset = number_in(thread, fd, "pos:", 10);
    if (c->kind == 'C' && (flags & O_ACCMODE) == O_RDONLY)
        c->path[0] = 0;
}

static void of_open(pid_t thread, int folder, unsigned long long path, unsigned long long flags,
                    struct call *c)
{
    c->name = "open";
    c->kind = 'O';
    c->offset = flags & O_TRUNC ? 0 : -1;
    if ((flags & O_ACCMODE) != O_RDONLY)
        path_at(thread, folder, path, c->path);
}

static void of_names(pid_t thread, int a, unsigned long long from, int b, unsigned long long to,
                     struct call *c)
{
    c->name = to ? "rename" : c->name;
    c->kind = to ? 'R' : c->kind;
    path_at(thread, a, from, c->path);
    if (to)
        path_at(thread, b, to, c->to);
}

static void understand(pid_t thread, const struct user_regs_struct *r, struct call *c)
{
    memset(c, 0, offsetof(struct call, path) + 1);
    c->to[0] = 0;
    c->offset = -1;
    c->at[0] = r->rsi;
    c->size[0] = r->rdx;
    c->size[1] = 0;
    int fd = (int)r->rdi;
    switch (r->orig_rax) {
    case SYS_open: of_open(thread, AT_FDCWD, r->rdi, r->rsi, c); return;
    case SYS_openat: of_open(thread, fd, r->rsi, r->rdx, c); return;
    case SYS_creat: of_open(thread, AT_FDCWD, r->rdi, O_WRONLY | O_TRUNC, c); return;
    case SYS_rename: of_names(thread, AT_FDCWD, r->rdi, AT_FDCWD, r->rsi, c); return;
    case SYS_renameat:
    case SYS_renameat2: of_names(thread, fd, r->rsi, (int)r->rdx, r->r10, c); return;
    case SYS_mkdir: c->name = "mkdir", c->kind = 'M'; break;
    case SYS_mkdirat: c->name = "mkdir", c->kind = 'M'; break;
    case SYS_unlink:
    case SYS_rmdir:
    case SYS_unlinkat: c->name = "unlink", c->kind = 'U'; break;
    case SYS_fsync:
    case SYS_fdatasync: c->name = "fsync", c->kind = 'S'; break;
    case SYS_ftruncate: c->name = "ftruncate", c->kind = 'T', c->offset = (long long)r->rsi; break;
    case SYS_pwrite64: c->name = "write", c->kind = 'W', c->offset = (long long)r->r10; break;
    case SYS_write: c->name = "write", c->kind = 'W'; break;
    case SYS_writev: c->name = "write", c->kind = 'W'; break;
    case SYS_close: c->name = "close", c->kind = 'C'; break;
    default: return;
    }
    if (c->kind == 'M' || c->kind == 'U') {
        int at = r->orig_rax == SYS_mkdirat || r->orig_rax == SYS_unlinkat;
        of_names(thread, at ? fd : AT_FDCWD, at ? r->rsi : r->rdi, 0, 0, c);
        return;
    }
    if (r->orig_rax == SYS_writev) {
        struct iovec v[2] = {{0}};
        peek(thread, r->rsi, v, sizeof v[0] * (r->rdx < 2 ? r->rdx : 2));
        for (int i = 0; i < 2; i++) {
            c->at[i] = (uintptr_t)v[i].iov_base;
            c->size[i] = v[i].iov_len;
        }
        if (r->rdx > 2)
            fputs("faults: a writev of more than two pieces is not noted whole\n", stderr);
    }
    of_file(thread, fd, c);
}

/* One line, then the bytes of a write: KIND OFFSET SIZE PATH[\tTO] */
static void note(struct tracer *t, pid_t thread, const struct call *c)
{
    size_t size = 0;
    int said = t->acknowledged && c->kind == 'W' && strcmp(c->path, t->acknowledged) == 0;
    if (!t->trace || c->kind == 'C' || (!said && !below(t, c->path) && !below(t, c->to)) ||
        strstr(c->path, " (deleted)"))
        return;
    for (int i = 0; i < 2 && c->kind == 'W' && size + c->size[i] <= DATA; i++)
        if (c->size[i])
            size += peek(thread, c->at[i], t->data + size, c->size[i]);
    fprintf(t->trace, "%c %lld %zu %s\t%s\n", said ? 'A' : c->kind, c->offset, size, c->path,
            c->to);
    fwrite(t->data, 1, size, t->trace);
}

/* At the beginning of a call; 1 when its end is to be seen as well. */
static int enter(struct tracer *t, pid_t thread)
{
    struct user_regs_struct r;
    struct call c;
    if (ptrace(PTRACE_GETREGS, thread, 0, &r) != 0)
        return 0;
    understand(thread, &r, &c);
    note(t, thread, &c);
    if (c.kind == 'U' || c.kind == 0 || (!below(t, c.path) && !below(t, c.to)) ||
        (t->acknowledged && strcmp(c.path, t->acknowledged) == 0))
        return 0;
    t->calls++;
    if (t->list)
        fprintf(t->list, "%s %s\n", c.name, (below(t, c.path) ? c.path : c.to) + t->folder_length);
    if (t->wanted == 0 || t->calls < t->wanted || (t->calls > t->wanted && !t->keep))
        return 0;
    if (t->keep && t->calls > t->wanted && c.kind == 'C')
        return 0;
    if (!t->failed[0])
        snprintf(t->failed, sizeof t->failed, "%s %.*s", c.name, PATH, c.path);
    if (c.kind == 'C') {
        for (size_t i = 0; i < sizeof t->closing / sizeof *t->closing; i++)
            if (!t->closing[i].thread) {
                t->closing[i].thread = thread;
                return 1;
            }
        return 0;
    }
    r.orig_rax = (unsigned long long)-1; /* no call */
    r.rax = (unsigned long long)-t->error;
    ptrace(PTRACE_SETREGS, thread, 0, &r);
    return 0;
}

static void leave(struct tracer *t, pid_t thread)
{
    struct user_regs_struct r;
    for (size_t i = 0; i < sizeof t->closing / sizeof *t->closing; i++)
        if (t->closing[i].thread == thread && ptrace(PTRACE_GETREGS, thread, 0, &r) == 0) {
            t->closing[i].thread = 0;
            r.rax = (unsigned long long)-EIO;
            ptrace(PTRACE_SETREGS, thread, 0, &r);
        }
}

static int ask_to_be_seen(void)
{
    static const int calls[] = {SYS_open,  SYS_openat,    SYS_creat,    SYS_rename, SYS_renameat,
                                SYS_mkdir, SYS_mkdirat,   SYS_unlink,   SYS_rmdir,  SYS_unlinkat,
                                SYS_fsync, SYS_ftruncate, SYS_pwrite64, SYS_write,  SYS_writev,
                                SYS_close, SYS_fdatasync, SYS_renameat2};
    enum { CALLS = sizeof calls / sizeof *calls };
    struct sock_filter filter[CALLS + 3];
    filter[0] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < CALLS; i++)
        filter[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i],
                                                     CALLS - i, 0);
    filter[CALLS + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[CALLS + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    struct sock_fprog program = {CALLS + 3, filter};
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0 || raise(SIGSTOP) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Until the command has ended; its exit status as a shell gives it. */
static int follow(struct tracer *t, pid_t command)
{
    int status, result = 125;
    pid_t thread;
    while ((thread = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (thread <= 0)
            continue;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread == command)
                result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        int event = status >> 16, sig = WSTOPSIG(status), whole = 0;
        if (event == PTRACE_EVENT_SECCOMP)
            whole = enter(t, thread);
        else if (event == 0 && sig == (SIGTRAP | 0x80))
            leave(t, thread);
        int deliver = event == 0 && sig != (SIGTRAP | 0x80) && sig != SIGSTOP ? sig : 0;
        ptrace(whole ? PTRACE_SYSCALL : PTRACE_CONT, thread, 0, deliver);
    }
    return result;
}

static int run(struct tracer *t, char **words)
{
    int status;
    pid_t command = fork();
    if (command == 0) {
        if (ask_to_be_seen() != 0)
            _exit(125);
        execvp(words[0], words);
        _exit(127);
    }
    if (waitpid(command, &status, 0) < 0 || !WIFSTOPPED(status))
        return 125;
    ptrace(PTRACE_SETOPTIONS, command, 0,
           PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
               PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    ptrace(PTRACE_CONT, command, 0, 0);
    return follow(t, command);
}

int main(int argc, char **argv)
{
    struct tracer t = {.error = ENOSPC};
    int option;
    while ((option = getopt(argc, argv, "+n:ke:l:c:t:a:")) != -1)
        switch (option) {
        case 'n': t.wanted = atol(optarg); break;
        case 'k': t.keep = 1; break;
        case 'e': t.error = strcmp(optarg, "EIO") == 0 ? EIO : ENOSPC; break;
        case 'l': t.log = optarg; break;
        case 'c': t.list = fopen(optarg, "w"); break;
        case 't': t.trace = fopen(optarg, "wb"); break;
        case 'a': t.acknowledged = optarg; break;
        default: return 125;
        }
    t.data = malloc(DATA);
    if (argc - optind < 2 || !t.data)
        return 125;
    t.folder = argv[optind];
    t.folder_length = strlen(t.folder);
    int result = run(&t, argv + optind + 1);
    if (t.trace && fclose(t.trace) != 0)
        result = 125;
    if (t.list && fclose(t.list) != 0)
        result = 125;
    FILE *log = t.log ? fopen(t.log, "w") : NULL;
    if (log) {
        fprintf(log, "%ld %s\n", t.calls, t.failed[0] ? t.failed : "-");
        fclose(log);
    }
    free(t.data);
    return result;
}
#endif
