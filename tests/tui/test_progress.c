/* Progress without a terminal: few lines, and no phase that had some stops in the middle. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "data/file.h"
#include "data/status.h"
#include "tests/check.h"
#include "tui/commands/progress.h"

static void show(struct progress *p, const char *phase, long done, long total)
{
    progress_show(p, &(struct progress_state){
                         .phase = phase, .done = done, .total = total, .seconds_left = 0});
}

/* What was written to stderr while play ran; malloc'd. */
static char *heard(void (*play)(struct progress *p))
{
    struct status st = {0};
    struct progress p;
    char *text = NULL;
    size_t size;
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    FILE *file = fopen(test_path("heard"), "w");
    dup2(fileno(file), STDERR_FILENO);
    progress_start(&p, "steps");
    p.start -= 10; /* patience is over */
    play(&p);
    progress_end(&p);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    fclose(file);
    CHECK_INT(file_read(test_path("heard"), 1 << 16, &text, &size, &st), 0);
    return text;
}

static void two_phases(struct progress *p)
{
    show(p, "training", 1, 900);
    show(p, "training", 135, 900);
    show(p, "training", 900, 900);
    show(p, "training", 900, 900);
    show(p, "testing", 7, 7); /* over before there was a line of it */
}

TEST(the_last_line_of_a_phase_is_that_of_its_end)
{
    char *text = heard(two_phases);
    CHECK_TEXT(text, "training: 0 %, 1 of 900 steps, 0 s left\n"
                     "training: 100 %, 900 of 900 steps\n");
    free(text);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
