/* The filter of system calls (seccomp), written out: a table of what is allowed becomes a program
 * for the kernel. Memory, waiting, the end. Opening files is refused with an error (libraries
 * look for this and that and go on without); anything else ends the process at once.
 *
 * Sanitizers need more: with them all that is not allowed is refused with an error, so that they
 * can still write their report to descriptor 2 and end the process themselves. */
#include "data/decoder_internal.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE

enum { MOST = 256, CHECKS = 2 };

struct check { /* of an argument: argument & mask == want */
    unsigned argument, mask, want;
};
struct rule {
    unsigned call;
    int count;
    struct check checks[CHECKS];
};

struct program {
    unsigned short length;
    struct sock_filter code[MOST];
};

/* jump: over so many instructions when the comparison does not hold. */
static void emit(struct program *p, unsigned short code, unsigned value, unsigned char jump)
{
    p->code[p->length++] = (struct sock_filter){code, 0, jump, value};
}

static void emit_load(struct program *p, size_t offset)
{
    emit(p, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0);
}

static void emit_return(struct program *p, unsigned value)
{
    emit(p, BPF_RET | BPF_K, value, 0);
}

/* Both machines are little-endian: the lower half of an argument comes first. */
static void emit_rule(struct program *p, const struct rule *r, unsigned refuse)
{
    int length = r->count * 4 + 1;
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, r->call, (unsigned char)length);
    for (int i = 0; i < r->count; i++) {
        const struct check *c = &r->checks[i];
        emit_load(p, offsetof(struct seccomp_data, args) + c->argument * sizeof(uint64_t));
        emit(p, BPF_ALU | BPF_AND | BPF_K, c->mask, 0);
        p->code[p->length++] = (struct sock_filter){BPF_JMP | BPF_JEQ | BPF_K, 1, 0, c->want};
        emit_return(p, refuse);
    }
    emit_return(p, SECCOMP_RET_ALLOW);
}

static void emit_error(struct program *p, unsigned call)
{
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, call, 1);
    emit_return(p, SECCOMP_RET_ERRNO | EACCES);
}

static void emit_all(struct program *p, const struct rule *rules, size_t count, unsigned refuse)
{
    emit_load(p, offsetof(struct seccomp_data, arch));
    p->code[p->length++] = (struct sock_filter){BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCHITECTURE};
    emit_return(p, SECCOMP_RET_KILL_PROCESS);
    emit_load(p, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < count; i++)
        emit_rule(p, &rules[i], refuse);
}

int decoder_filter_calls(void)
{
    const unsigned all = ~0u, self = (unsigned)getpid();
    const unsigned refuse = DECODER_RELAXED ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_KILL_PROCESS;
    const struct rule rules[] = {
        {SYS_mmap, 2, {{2, PROT_EXEC, 0}, {3, MAP_ANONYMOUS, MAP_ANONYMOUS}}},
        {SYS_mprotect, 1, {{2, PROT_EXEC, 0}}},
        {SYS_munmap, 0, {{0}}},
        {SYS_mremap, 0, {{0}}},
        {SYS_madvise, 0, {{0}}},
        {SYS_brk, 0, {{0}}},
        {SYS_futex, 0, {{0}}},
        {SYS_clock_gettime, 0, {{0}}},
        {SYS_getrandom, 0, {{0}}},
        {SYS_getpid, 0, {{0}}},
        {SYS_gettid, 0, {{0}}},
        {SYS_tgkill, 1, {{0, all, self}}}, /* abort */
        {SYS_rt_sigreturn, 0, {{0}}},
        {SYS_restart_syscall, 0, {{0}}},
        {SYS_exit, 0, {{0}}},
        {SYS_exit_group, 0, {{0}}},
#if DECODER_RELAXED
        {SYS_write, 1, {{0, all, 2}}},
        {SYS_sched_yield, 0, {{0}}},
        {SYS_sigaltstack, 0, {{0}}},
#endif
    };
    struct program p = {0};
    emit_all(&p, rules, sizeof rules / sizeof *rules, refuse);
    emit_error(&p, SYS_openat);
    emit_error(&p, SYS_rt_sigprocmask); /* abort asks for it; a signal must end it when we do */
    emit_return(&p, refuse);
    struct sock_fprog program = {p.length, p.code};
    /* All threads that a library may have started; sanitizers' own need more. */
    unsigned how = DECODER_RELAXED ? 0 : SECCOMP_FILTER_FLAG_TSYNC;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, how, &program) == 0 ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

int decoder_filter_calls(void)
{
    return 0;
}

#endif
