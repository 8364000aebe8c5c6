/* What an undo or a redo did, in words: "4 photos, apple". */
#ifndef LABELS_TURNED_H
#define LABELS_TURNED_H

#include "labels/store.h"

/* Of the store_undo or store_redo that has just succeeded, and was called when `since` was the last
 * event (store_last_event). A change to the tree: store_tree_turned's sentence. Else what it was
 * about: the photo's file name, or how many photos, and what was taken back or brought back where
 * that is one and the same: the label's own name, "rejected", "skipped", "flag". Fills the buffer
 * and returns it; "" where the store cannot be read. */
char *turned_text(struct store *s, int64_t since, char *buffer, size_t size);

#endif
