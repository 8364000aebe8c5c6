#include "tui/loop/predictor.h"

#include <stdlib.h>
#include <string.h>

#include "data/clock.h"
#include "data/decoder.h"
#include "data/status.h"
#include "labels/decide.h"
#include "nn/engine.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "tui/loop/answers.h"
#include "tui/loop/features.h"
#include "tui/loop/loader.h"

enum {
    FIRST = 32,     /* photos of the first part: what is looked at now is there at once */
    FLUSH = 128,    /* predictions written in one transaction */
    LABELLED = 2048 /* photos with a label that come before others where nothing else is known */
};
_Static_assert((int)FLUSH <= (int)FEATURES_BLOCK, "features of a part are one block");

struct predictor {
    int model;
    struct pool *pool;
    struct decoders *decoders;
    struct taxonomy *taxonomy;
    struct terminals terminals;
    struct network *network;
    struct model_card card;
    struct engine *engine;
    int *terminal;  /* [classes] terminal number of each class, or -1 */
    int placed;     /* how many have one; 0: nothing is predicted, features alone are kept */
    float *logits;  /* [FLUSH, classes] */
    float *scratch; /* [classes] */
    struct features features;
    float *vectors; /* [FLUSH, features] */
};

static int allocate(struct predictor *p, struct status *st)
{
    size_t classes = (size_t)p->network->classes;
    p->terminal = malloc(classes * sizeof *p->terminal);
    p->logits = malloc(FLUSH * classes * sizeof *p->logits);
    p->scratch = malloc(classes * sizeof *p->scratch);
    p->vectors = malloc(FLUSH * (size_t)p->network->features * sizeof *p->vectors);
    if (!p->terminal || !p->logits || !p->scratch || !p->vectors)
        return status_out_of_memory(st);
    return 0;
}

static void place_terminals(struct predictor *p)
{
    for (int k = 0; k < p->network->classes; k++) {
        int node = k < p->card.classes ? p->card.nodes[k] : -1;
        p->terminal[k] = node >= 0 && node < p->terminals.nodes ? p->terminals.index[node] : -1;
        p->placed += p->terminal[k] >= 0;
    }
}

int predictor_new(struct project *project, int model, struct pool *pool, struct predictor **out,
                  struct status *st)
{
    struct predictor *p = calloc(1, sizeof *p);
    *out = NULL;
    if (!p)
        return status_out_of_memory(st);
    p->features.fd = -1;
    p->pool = pool;
    p->model = model ? model : store_current_model(project->store);
    p->decoders = decoders_new(st);
    p->taxonomy = taxonomy_copy(store_taxonomy(project->store));
    if (!p->taxonomy || !p->decoders) {
        status_out_of_memory(st);
        goto fail;
    }
    if (terminals_make(p->taxonomy, &p->terminals, st) != 0 ||
        project_load_model(project, p->model, &p->network, &p->card, st) != 0 ||
        allocate(p, st) != 0 ||
        features_open(&p->features, project, p->model, p->network->features, st) != 0)
        goto fail;
    place_terminals(p);
    p->engine = engine_new(p->network, pool, p->network->input.height, p->network->input.width,
                           ENGINE_FORWARD, FLUSH, st);
    if (!p->engine)
        goto fail;
    *out = p;
    return 0;
fail:
    predictor_free(p);
    return -1;
}

void predictor_free(struct predictor *p)
{
    if (!p)
        return;
    decoders_free(p->decoders);
    engine_free(p->engine);
    network_free(p->network);
    model_card_clear(&p->card);
    terminals_clear(&p->terminals);
    taxonomy_free(p->taxonomy);
    free(p->terminal);
    free(p->logits);
    free(p->scratch);
    free(p->vectors);
    features_close(&p->features);
    free(p);
}

/* logits [classes] of this model -> probabilities [terminals.count]. */
static void spread(const struct predictor *p, const float *logits, float *probabilities)
{
    /* Classes that are no terminal of this tree (any more) share nothing: they are left out of the
     * softmax. */
    int classes = p->network->classes, n = 0;
    float *kept = p->scratch;
    for (int k = 0; k < classes; k++)
        if (p->terminal[k] >= 0)
            kept[n++] = logits[k];
    decide_softmax(kept, n, p->card.temperature > 0 ? p->card.temperature : 1.0f, kept);
    memset(probabilities, 0, (size_t)p->terminals.count * sizeof *probabilities);
    n = 0;
    for (int k = 0; k < classes; k++)
        if (p->terminal[k] >= 0)
            probabilities[p->terminal[k]] += kept[n++];
}

struct reading {
    struct decoders *decoders;
    const struct preprocess *input;
    char *const *files;
    struct status *problems;
    atomic_int *cancel;
};

static int read_photo(void *arg, int i, float *x)
{
    const struct reading *r = arg;
    if (r->cancel && atomic_load(r->cancel))
        return 1;
    loader_load_one(r->decoders, r->files[i], r->input, r->cancel, x, &r->problems[i]);
    return r->problems[i].code == STATUS_CANCELLED; /* it says nothing of the photo */
}

/* n photo files, at most FLUSH -> probabilities [n, terminals.count]; rows of photos that could not
 * be read are zero, and problems[i] says why. Returns 1 when cancelled: there is nothing then. */
static int predict_files(struct predictor *p, char *const *files, int n, float *probabilities,
                         struct status *problems, atomic_int *cancel)
{
    size_t row = (size_t)p->terminals.count;
    struct reading reading = {p->decoders, &p->network->input, files, problems, cancel};
    if (engine_forward_loaded(p->engine, read_photo, &reading, n, p->vectors, p->logits) != 0)
        return 1;
    for (int i = 0; i < n; i++) {
        float *out = probabilities + row * (size_t)i;
        if (problems[i].code == STATUS_OK && p->placed > 0)
            spread(p, p->logits + (size_t)i * (size_t)p->network->classes, out);
        else
            memset(out, 0, row * sizeof *out);
    }
    return 0;
}

/* ---- all photos of a project ---------------------------------------------------------------- */

struct batch {
    int64_t photos[FLUSH];
    char *files[FLUSH];
    struct status problems[FLUSH];
    struct prediction predictions[FLUSH];
    float *probabilities; /* [FLUSH, terminals] */
    int *nodes;           /* [FLUSH, ANSWERS_KEPT] */
    float *kept;          /* [FLUSH, ANSWERS_KEPT] */
};

static void batch_free(struct batch *b)
{
    if (!b)
        return;
    free(b->probabilities);
    free(b->nodes);
    free(b->kept);
    free(b);
}

static struct batch *batch_new(const struct predictor *p, struct status *st)
{
    struct batch *b = calloc(1, sizeof *b);
    if (b) {
        b->probabilities = malloc(FLUSH * (size_t)p->terminals.count * sizeof *b->probabilities);
        b->nodes = malloc(FLUSH * ANSWERS_KEPT * sizeof *b->nodes);
        b->kept = malloc(FLUSH * ANSWERS_KEPT * sizeof *b->kept);
        if (b->probabilities && b->nodes && b->kept)
            return b;
    }
    batch_free(b);
    status_out_of_memory(st);
    return NULL;
}

static int batch_files(struct batch *b, struct project *project, int n, struct status *st)
{
    int result = 0;
    for (int i = 0; i < n; i++) {
        struct photo photo;
        b->files[i] = NULL;
        if (result == 0 && store_photo(project->store, b->photos[i], &photo, st) == 0) {
            b->files[i] = project_photo_file(project, photo.path);
            photo_clear(&photo);
            if (!b->files[i])
                result = status_out_of_memory(st);
        } else {
            result = -1;
        }
    }
    return result;
}

/* What the store keeps of one row of probabilities. */
static void fill_prediction(const struct predictor *p, struct batch *b, int i)
{
    struct prediction *out = &b->predictions[i];
    *out =
        (struct prediction){.photo = b->photos[i], .model = p->model, .node = -1, .expected = -1};
    if (b->problems[i].code != STATUS_OK)
        out->problem = b->problems[i].text;
    if (b->problems[i].code != STATUS_OK || p->placed == 0)
        return;
    answers_fill(p->taxonomy, &p->terminals,
                 b->probabilities + (size_t)i * (size_t)p->terminals.count,
                 b->nodes + (size_t)i * ANSWERS_KEPT, b->kept + (size_t)i * ANSWERS_KEPT, out);
}

/* Features of those that could be read; of others there may be some of a picture that was there. */
static int keep_features(struct predictor *p, const struct batch *b, int n, struct status *st)
{
    int64_t photos[FLUSH], unreadable[FLUSH];
    size_t width = (size_t)p->network->features, gone = 0;
    int kept = 0;
    for (int i = 0; i < n; i++) {
        if (b->problems[i].code != STATUS_OK) {
            if (features_find(&p->features, b->photos[i]) >= 0)
                unreadable[gone++] = b->photos[i];
            continue;
        }
        photos[kept] = b->photos[i];
        memmove(p->vectors + (size_t)kept++ * width, p->vectors + (size_t)i * width,
                width * sizeof *p->vectors);
    }
    return features_forget(&p->features, unreadable, gone, st) != 0
               ? -1
               : features_put(&p->features, photos, p->vectors, kept, st);
}

static int run_batch(struct predictor *p, struct project *project, struct batch *b, int n,
                     atomic_int *cancel, struct status *st)
{
    int result = batch_files(b, project, n, st), done = 0;
    if (result == 0 && predict_files(p, b->files, n, b->probabilities, b->problems, cancel) == 0)
        done = n;
    for (int i = 0; i < n; i++)
        free(b->files[i]);
    if (result != 0)
        return -1;
    if (done > 0 && keep_features(p, b, done, st) != 0)
        return -1;
    for (int i = 0; i < done; i++)
        fill_prediction(p, b, i);
    if (done > 0 && store_put_predictions(project->store, b->predictions, (size_t)done, st) != 0)
        return -1;
    return done;
}

static void tally_up(struct predict_tally *tally, const struct batch *b, int done, double spent)
{
    for (int i = 0; i < done; i++)
        tally->unreadable += b->problems[i].code != STATUS_OK;
    tally->done += done;
    if (tally->total < tally->done)
        tally->total = tally->done;
    tally->rate = spent > 0 ? (double)tally->done / spent : 0;
    tally->seconds_left = tally->rate > 0 ? (double)(tally->total - tally->done) / tally->rate : -1;
}

/* `missing` negative: only the first ones. */
static int run(struct predictor *p, struct project *project, const int64_t *first, int firsts,
               int64_t missing, void (*report)(void *arg, const struct predict_tally *tally),
               void *arg, atomic_int *cancel, struct status *st)
{
    struct predict_tally tally = {.seconds_left = -1};
    struct batch *b = batch_new(p, st);
    if (!b)
        return -1;
    tally.total = missing < 0 ? firsts : (long)missing;
    double start = clock_seconds();
    int result = 0, taken = 0;
    for (int want = FIRST; result == 0; want = FLUSH) {
        int n = firsts - taken < want ? firsts - taken : want;
        if (n > 0) {
            memcpy(b->photos, first + taken, (size_t)n * sizeof *b->photos);
            taken += n;
        } else if (missing >= 0) {
            n = store_unpredicted(project->store, p->model, b->photos, want, st);
        }
        if (n <= 0) {
            result = n;
            break;
        }
        int done = run_batch(p, project, b, n, cancel, st);
        if (done < 0) {
            result = -1;
            break;
        }
        tally_up(&tally, b, done, clock_seconds() - start);
        if (report)
            report(arg, &tally);
        if (cancel && atomic_load(cancel))
            result =
                status_fail(st, STATUS_CANCELLED,
                            "predicting was stopped after %ld photos, which are kept", tally.done);
    }
    batch_free(b);
    return result;
}

/* Photos that were predicted, but whose features are not kept. */
struct lacking {
    struct predictor *p;
    struct project *project;
    int64_t *photos;
    int count, capacity;
};

static int note_lacking(void *arg, const struct photo *photo)
{
    struct lacking *l = arg;
    if (features_find(&l->p->features, photo->id) >= 0)
        return 0;
    if (l->count == l->capacity) {
        int capacity = 2 * l->capacity + 1024;
        int64_t *grown = realloc(l->photos, (size_t)capacity * sizeof *grown);
        if (!grown)
            return 1; /* these are looked at; the others another time */
        l->photos = grown;
        l->capacity = capacity;
    }
    l->photos[l->count++] = photo->id;
    return 0;
}

static int run_lacking(struct predictor *p, struct project *project,
                       void (*report)(void *arg, const struct predict_tally *tally), void *arg,
                       atomic_int *cancel, struct status *st)
{
    struct lacking l = {.p = p, .project = project};
    int result = features_refresh(&p->features, st);
    if (result == 0)
        result = store_each_photo(project->store, note_lacking, &l, st);
    if (result == 0 && l.count > 0)
        result = run(p, project, l.photos, l.count, -1, report, arg, cancel, st);
    free(l.photos);
    return result;
}

/* Leaves out photos that stand there before; few. Returns how many remain. */
static int remove_twins(int64_t *photos, int count)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        int k = 0;
        while (k < kept && photos[k] != photos[i])
            k++;
        if (k == kept)
            photos[kept++] = photos[i];
    }
    return kept;
}

/* A model without classes here predicts nothing: what is learned at once from the labels does, as
 * soon as the features of labelled photos are known. So these come next after what is looked at:
 * *list, malloc'd. Returns how many, or -1. */
static int put_labelled_first(const struct predictor *p, struct project *project,
                              const int64_t *first, int firsts, int64_t **list, struct status *st)
{
    int most = firsts + LABELLED, shown = firsts < FIRST ? firsts : FIRST;
    *list = malloc((size_t)most * sizeof **list);
    if (!*list)
        return status_out_of_memory(st);
    int labelled = p->placed > 0 ? 0
                                 : store_unpredicted_teaching(project->store, p->model,
                                                              *list + shown, LABELLED, st);
    if (labelled < 0)
        return -1;
    if (shown > 0)
        memcpy(*list, first, (size_t)shown * sizeof **list);
    if (firsts > shown)
        memcpy(*list + shown + labelled, first + shown, (size_t)(firsts - shown) * sizeof **list);
    return remove_twins(*list, firsts + labelled);
}

int predictor_run(struct predictor *p, struct project *project, const int64_t *first, int firsts,
                  void (*report)(void *arg, const struct predict_tally *tally), void *arg,
                  atomic_int *cancel, struct status *st)
{
    int64_t missing = store_count_unpredicted(project->store, p->model, st), *list = NULL;
    int count = missing < 0 ? -1 : put_labelled_first(p, project, first, firsts, &list, st);
    int result = count < 0 ? -1 : run(p, project, list, count, missing, report, arg, cancel, st);
    free(list);
    return result == 0 ? run_lacking(p, project, report, arg, cancel, st) : -1;
}

int predictor_run_photos(struct predictor *p, struct project *project, const int64_t *photos, int n,
                         void (*report)(void *arg, const struct predict_tally *tally), void *arg,
                         atomic_int *cancel, struct status *st)
{
    return run(p, project, photos, n, -1, report, arg, cancel, st);
}

int predictor_tidy(struct predictor *p, struct project *project, struct status *st)
{
    if (store_current_model(project->store) != p->model)
        return 0;
    return store_keep_predictions(project->store, p->model, store_previous_model(project->store),
                                  st);
}
