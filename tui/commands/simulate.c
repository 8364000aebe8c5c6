/* How many labels until which score: a person who knows the truth, played. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "tui/commands/command.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/predictions.h"
#include "tui/commands/progress.h"
#include "tui/commands/truths.h"
#include "tui/loop/project.h"

extern const struct command command_simulate;

enum { ORDERS_MOST = 4, SEEDS_MOST = 100, REACH_MOST = 24, PLOT_WIDTH = 64, PLOT_HEIGHT = 16 };

/* The mean over seeds, batch by batch. */
struct curve {
    enum queue_order order;
    int points;
    int *labels;
    double *score, *exact, *square; /* sums over seeds; square: of the score */
    double seconds;
};

struct simulate {
    struct option_list orders, reach;
    const char *labels, *out;
    long batch, seeds, until, model, threads, seed;
    int json;
    struct truths truths;
    struct curve curves[ORDERS_MOST];
    int curve_count, points;
    FILE *csv;
    struct progress progress;
    /* of the run that goes on */
    struct curve *curve;
    int at, run, runs;
};

static int on_point(void *arg, const struct simulation_point *p)
{
    struct simulate *c = arg;
    struct curve *curve = c->curve;
    char more[60];
    if (c->at >= c->points)
        return 1;
    curve->labels[c->at] = p->labels;
    curve->score[c->at] += p->score;
    curve->square[c->at] += p->score * p->score;
    curve->exact[c->at++] += p->exact;
    if (c->at > curve->points)
        curve->points = c->at;
    curve->seconds = p->seconds;
    if (c->csv)
        fprintf(c->csv, "%s,%ld,%d,%.4f,%.4f,%.2f\n", queue_order_name(curve->order),
                c->seed + c->run % c->seeds, p->labels, p->score, p->exact, p->seconds);
    snprintf(more, sizeof more, "%s, seed %ld: score %.3f", queue_order_name(curve->order),
             c->seed + c->run % c->seeds, p->score);
    progress_show(&c->progress, &(struct progress_state){.phase = "labelling",
                                                         .done = c->run * (long)c->points + c->at,
                                                         .total = c->runs * (long)c->points,
                                                         .rate = 0,
                                                         .seconds_left = -1,
                                                         .more = more});
    return 0;
}

static int prepare(struct simulate *c, struct project *p, struct status *st)
{
    int model = predictions_model(p, c->model, st);
    if (model < 0 || truths_read(p, c->labels, &c->truths, st) != 0)
        return -1;
    c->model = model;
    size_t n = c->truths.pool_count + c->truths.held_out_count;
    int64_t *ids = malloc(n * sizeof *ids);
    if (!ids)
        return status_out_of_memory(st);
    for (size_t i = 0; i < n; i++)
        ids[i] = i < c->truths.pool_count ? c->truths.pool[i].photo
                                          : c->truths.held_out[i - c->truths.pool_count].photo;
    int result = predictions_features(p, model, ids, n, (int)c->threads, interrupt_catch(), st);
    free(ids);
    if (c->until == 0 || (size_t)c->until > c->truths.pool_count)
        c->until = (long)c->truths.pool_count;
    c->points = (int)((c->until + c->batch - 1) / c->batch);
    return result;
}

static int curve_init(struct simulate *c, struct curve *curve, enum queue_order order,
                      struct status *st)
{
    size_t n = (size_t)c->points + 1;
    *curve = (struct curve){.order = order};
    curve->labels = calloc(n, sizeof *curve->labels);
    curve->score = calloc(3 * n, sizeof *curve->score);
    if (!curve->labels || !curve->score)
        return status_out_of_memory(st);
    curve->exact = curve->score + n;
    curve->square = curve->exact + n;
    return 0;
}

static int play(struct simulate *c, struct project *p, struct status *st)
{
    int result = 0;
    c->runs = c->curve_count * (int)c->seeds;
    progress_start(&c->progress, "batches");
    for (int i = 0; i < c->curve_count && result == 0; i++) {
        c->curve = &c->curves[i];
        result = curve_init(c, c->curve, c->curve->order, st);
        for (long seed = 0; seed < c->seeds && result == 0; seed++, c->run++) {
            struct simulation s = {.taxonomy = c->truths.taxonomy,
                                   .model = (int)c->model,
                                   .order = c->curve->order,
                                   .seed = (uint64_t)(c->seed + seed),
                                   .batch = (int)c->batch,
                                   .until = (int)c->until,
                                   .pool = c->truths.pool,
                                   .held_out = c->truths.held_out,
                                   .pool_count = c->truths.pool_count,
                                   .held_out_count = c->truths.held_out_count};
            c->at = 0;
            result = simulation_run(p, &s, on_point, c, interrupt_catch(), st);
        }
    }
    progress_end(&c->progress);
    return result;
}

/* ---- what came out --------------------------------------------------------------------------- */

static double mean_score(const struct simulate *c, const struct curve *curve, int i)
{
    return curve->score[i] / (double)c->seeds;
}

static double deviation(const struct simulate *c, const struct curve *curve, int i)
{
    double n = (double)c->seeds, mean = curve->score[i] / n,
           square = curve->square[i] / n - mean * mean;
    return n > 1 && square > 0 ? sqrt(square * n / (n - 1)) : 0;
}

/* Labels at the first batch whose mean score reaches `score`, 0: never. */
static int labels_to_reach(const struct simulate *c, const struct curve *curve, double score)
{
    for (int i = 0; i < curve->points; i++)
        if (mean_score(c, curve, i) >= score)
            return curve->labels[i];
    return 0;
}

static int thresholds(const struct simulate *c, double *out)
{
    int n = 0;
    for (int i = 0; i < c->reach.count; i++)
        out[n++] = strtod(c->reach.items[i], NULL);
    for (int percent = 50; c->reach.count == 0 && percent < 100; percent += 5)
        out[n++] = percent / 100.0;
    return n;
}

static void print_table(const struct simulate *c)
{
    printf("labels");
    for (int k = 0; k < c->curve_count; k++)
        printf("  %8s score  exact", queue_order_name(c->curves[k].order));
    putchar('\n');
    for (int i = 0; i < c->curves[0].points; i++) {
        printf("%6d", c->curves[0].labels[i]);
        for (int k = 0; k < c->curve_count; k++)
            printf("  %.3f ± %.3f  %.3f", mean_score(c, &c->curves[k], i),
                   deviation(c, &c->curves[k], i), c->curves[k].exact[i] / (double)c->seeds);
        putchar('\n');
    }
}

/* Where two curves meet the first one's letter stands. */
static void print_plot(const struct simulate *c)
{
    char grid[PLOT_HEIGHT][PLOT_WIDTH + 1];
    double low = 1, high = 0;
    for (int k = 0; k < c->curve_count; k++)
        for (int i = 0; i < c->curves[k].points; i++) {
            low = fmin(low, mean_score(c, &c->curves[k], i));
            high = fmax(high, mean_score(c, &c->curves[k], i));
        }
    for (int y = 0; y < PLOT_HEIGHT; y++) {
        memset(grid[y], ' ', PLOT_WIDTH);
        grid[y][PLOT_WIDTH] = 0;
    }
    for (int k = c->curve_count - 1; k >= 0; k--)
        for (int x = 0; x < PLOT_WIDTH && c->curves[k].points > 0; x++) {
            double at = (double)x / (PLOT_WIDTH - 1) * (c->curves[k].points - 1);
            int i = (int)at, next = i + 1 < c->curves[k].points ? i + 1 : i;
            double score = (1 - (at - i)) * mean_score(c, &c->curves[k], i) +
                           (at - i) * mean_score(c, &c->curves[k], next);
            int y = high > low ? (int)lround((score - low) / (high - low) * (PLOT_HEIGHT - 1)) : 0;
            grid[PLOT_HEIGHT - 1 - y][x] = queue_order_name(c->curves[k].order)[0];
        }
    putchar('\n');
    for (int y = 0; y < PLOT_HEIGHT; y++)
        printf("%.3f |%s\n", high - (high - low) * y / (PLOT_HEIGHT - 1), grid[y]);
    printf("      +");
    for (int x = 0; x < PLOT_WIDTH; x++)
        putchar('-');
    printf("\n       %-*d%*d labels\n", PLOT_WIDTH / 2, c->curves[0].labels[0], PLOT_WIDTH / 2,
           c->curves[0].labels[c->curves[0].points - 1]);
    for (int k = 0; k < c->curve_count; k++)
        printf("       %c: %s\n", queue_order_name(c->curves[k].order)[0],
               queue_order_name(c->curves[k].order));
}

static void print_reached(const struct simulate *c)
{
    double scores[REACH_MOST];
    int n = thresholds(c, scores);
    printf("\nlabels until a mean score is reached\n score");
    for (int k = 0; k < c->curve_count; k++)
        printf("  %8s", queue_order_name(c->curves[k].order));
    putchar('\n');
    for (int i = 0; i < n; i++) {
        int first = labels_to_reach(c, &c->curves[0], scores[i]), last = first;
        if (c->reach.count == 0 && first == 0)
            continue;
        printf(" %.3f", scores[i]);
        for (int k = 0; k < c->curve_count; k++) {
            last = labels_to_reach(c, &c->curves[k], scores[i]);
            printf(last ? "  %8d" : "         -", last);
        }
        if (c->curve_count > 1 && first && last)
            printf("   %.2f x", (double)first / last);
        putchar('\n');
    }
    for (int k = 0; k < c->curve_count; k++)
        printf("%s: %.1f ms a label to learn it and to choose the next one\n",
               queue_order_name(c->curves[k].order),
               1000 * c->curves[k].seconds / (double)c->until);
}

static int print_json(const struct simulate *c)
{
    struct json j;
    double scores[REACH_MOST];
    int n = thresholds(c, scores);
    json_start(&j);
    json_number(&j, NULL, "model", (double)c->model);
    json_number(&j, NULL, "photos", (double)c->truths.pool_count);
    json_number(&j, NULL, "held_out", (double)c->truths.held_out_count);
    json_number(&j, NULL, "seeds", (double)c->seeds);
    struct cJSON *list = json_array(&j, NULL, "orders");
    for (int k = 0; list && k < c->curve_count; k++) {
        const struct curve *curve = &c->curves[k];
        struct cJSON *one = json_object(&j, list, NULL);
        json_text(&j, one, "order", queue_order_name(curve->order));
        struct cJSON *points = json_array(&j, one, "points");
        for (int i = 0; points && i < curve->points; i++) {
            struct cJSON *point = json_object(&j, points, NULL);
            json_number(&j, point, "labels", curve->labels[i]);
            json_number(&j, point, "score", mean_score(c, curve, i));
            json_number(&j, point, "exact", curve->exact[i] / (double)c->seeds);
        }
        struct cJSON *reached = json_array(&j, one, "reached");
        for (int i = 0; reached && i < n; i++) {
            struct cJSON *at = json_object(&j, reached, NULL);
            json_number(&j, at, "score", scores[i]);
            json_number(&j, at, "labels", labels_to_reach(c, curve, scores[i]));
        }
    }
    return json_print(&j);
}

static int simulate(struct simulate *c, struct project *p, struct status *st)
{
    struct file_writer writer = {0};
    if (prepare(c, p, st) != 0)
        return -1;
    if (c->truths.unknown > 0)
        output_warn("%zu photos of %s are not in the project and are left out", c->truths.unknown,
                    c->labels);
    if (c->out) {
        if (file_writer_open(&writer, c->out, st) != 0)
            return -1;
        c->csv = writer.stream;
        fputs("order,seed,labels,score,exact,seconds\n", c->csv);
    }
    int result = play(c, p, st);
    if (result == 0 && c->out)
        return file_writer_commit(&writer, st);
    file_writer_cancel(&writer);
    return result;
}

static int take_orders(struct simulate *c)
{
    static const char *const usual[] = {"doubt", "random"};
    int n = c->orders.count ? c->orders.count : 2;
    if (n > ORDERS_MOST)
        return options_wrong(&command_simulate, "at most %d orders are played at once",
                             ORDERS_MOST);
    for (int i = 0; i < n; i++) {
        const char *name = c->orders.count ? c->orders.items[i] : usual[i];
        int order = queue_order_from_name(name);
        if (order != QUEUE_DOUBT && order != QUEUE_SURE && order != QUEUE_FILE &&
            order != QUEUE_RANDOM)
            return options_wrong(&command_simulate,
                                 "--order is doubt, sure, file or random, not '%s'", name);
        c->curves[c->curve_count++].order = (enum queue_order)order;
    }
    for (int i = 0; i < c->reach.count; i++) {
        char *end;
        double score = strtod(c->reach.items[i], &end);
        if (*end || end == c->reach.items[i] || !(score > 0 && score <= 1))
            return options_wrong(&command_simulate, "--reach is a score from 0 to 1, not '%s'",
                                 c->reach.items[i]);
    }
    return 0;
}

static int run(int argc, char **argv)
{
    static struct simulate c;
    struct status st = {0};
    struct arguments args;
    struct project project;
    c = (struct simulate){.batch = 50, .seeds = 5, .seed = 1};
    const struct option_spec specs[] = {
        {"labels", OPTION_TEXT, &c.labels, 0, 0},
        {"order", OPTION_LIST, &c.orders, 0, 0},
        {"batch", OPTION_WHOLE, &c.batch, 1, 1000000},
        {"seeds", OPTION_WHOLE, &c.seeds, 1, SEEDS_MOST},
        {"seed", OPTION_WHOLE, &c.seed, 0, 1000000000},
        {"until", OPTION_WHOLE, &c.until, 2, 10000000},
        {"reach", OPTION_LIST, &c.reach, 0, 0},
        {"model", OPTION_WHOLE, &c.model, 1, 1000000},
        {"threads", OPTION_WHOLE, &c.threads, 1, 64},
        {"out", OPTION_TEXT, &c.out, 0, 0},
        {"json", OPTION_FLAG, &c.json, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_simulate, argc, argv, specs, 0, &args) != 0)
        return args.status;
    int wrong = take_orders(&c);
    if (wrong)
        return wrong;
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    int status = simulate(&c, &project, &st) == 0 ? 0 : output_fail(&st);
    if (status == 0 && c.json) {
        status = print_json(&c);
    } else if (status == 0) {
        print_table(&c);
        print_plot(&c);
        print_reached(&c);
    }
    for (int k = 0; k < c.curve_count; k++) {
        free(c.curves[k].labels);
        free(c.curves[k].score);
    }
    truths_clear(&c.truths);
    project_close(&project);
    return status;
}

const struct command command_simulate = {
    "simulate",
    "simulate [--labels FILE] [--order O]... [--batch N] [--seeds N] [--seed N] [--until N] [--reach SCORE]... "
    "[--model N] [--out FILE] [--json]",
    "plays a person who knows the labels: how many are needed until which score",
    "Photos are labelled one by one in an order and learned at once, as the review does; after every batch what is then\n"
    "predicted for held-out photos is scored: those of split val, else of test, else about every eighth. The project\n"
    "is not changed. What the model itself predicts is not looked at, only its features; if it was trained on these\n"
    "labels they know more than they should: --model 1 is the one the project began with.\n\n"
    "  --labels FILE   the truth (default: the labels of the project)\n"
    "  --order O       doubt, sure, file or random; may be given again (default: doubt and random)\n"
    "  --batch N       labels between two scores (default 50)\n"
    "  --seeds N       times it is played, each from another shuffle; means are told (default 5)\n"
    "  --seed N        the first shuffle (default 1)\n"
    "  --until N       labels in all (default: all there are)\n"
    "  --reach SCORE   tell how many labels it took to come to this score; may be given again\n"
    "  --model N       whose features (default: the model in use)\n"
    "  --threads N     threads for photos not looked at yet (default: all cores)\n"
    "  --out FILE      CSV: order,seed,labels,score,exact,seconds\n"
    "  --json          print the means as one JSON object\n",
    run,
};
