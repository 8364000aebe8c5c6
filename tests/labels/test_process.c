/* Which processes are said to be gone. */
#include "labels/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"

static int is_gone(const struct process *self, int64_t pid, int64_t start)
{
    return process_is_gone(self, pid, start, self->boot, self->space);
}

TEST(one_that_is_there)
{
    struct process self;
    process_self(&self);
    CHECK_INT(self.pid, getpid());
    CHECK(self.start > 0);
    CHECK_INT(is_gone(&self, self.pid, self.start), 0);
    CHECK_INT(is_gone(&self, self.pid, 0), 0); /* not known since when */
}

TEST(a_later_one_of_the_same_number)
{
    struct process self;
    process_self(&self);
    CHECK_INT(is_gone(&self, self.pid, self.start - 1), 1);
}

TEST(one_that_has_ended)
{
    struct process self;
    process_self(&self);
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    CHECK_INT(is_gone(&self, child, 0), 0);
    kill(child, SIGKILL);
    CHECK_INT(waitpid(child, NULL, 0), child);
    CHECK_INT(is_gone(&self, child, 0), 1);
}

TEST(numbers_of_elsewhere)
{
    struct process self;
    process_self(&self);
    CHECK_INT(
        process_is_gone(&self, self.pid, self.start, "another run of the machine", self.space), 1);
    /* In another container the number means another process, or none. */
    CHECK_INT(process_is_gone(&self, self.pid, self.start - 1, self.boot, "elsewhere"), 0);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
