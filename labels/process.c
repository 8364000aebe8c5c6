#include "labels/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void read_boot(char *out)
{
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (!f || !fgets(out, PROCESS_TEXT, f))
        out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    if (f)
        fclose(f);
}

static void read_space(char *out)
{
    ssize_t n = readlink("/proc/self/ns/pid", out, PROCESS_TEXT - 1);
    out[n > 0 ? n : 0] = '\0';
}

/* When a process began, which tells it from a later one of the same number. */
static int64_t start_of(int64_t pid)
{
    char path[64], line[1024];
    long long start = 0;
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(line, 1, sizeof line - 1, f) : 0;
    if (f)
        fclose(f);
    line[n] = '\0';
    char *after = strrchr(line, ')'); /* the name may hold anything */
    if (!after || sscanf(after + 1,
                         " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d"
                         " %*d %lld",
                         &start) != 1)
        return 0;
    return start;
}

void process_self(struct process *out)
{
    out->pid = (int64_t)getpid();
    out->start = start_of(out->pid);
    read_boot(out->boot);
    read_space(out->space);
}

int process_is_gone(const struct process *self, int64_t pid, int64_t start, const char *boot,
                    const char *space)
{
    if (strcmp(boot, self->boot) != 0)
        return 1;
    if (strcmp(space, self->space) != 0)
        return 0;
    if (kill((pid_t)pid, 0) != 0 && errno == ESRCH)
        return 1;
    int64_t since = start_of(pid);
    return since && start && since != start;
}
