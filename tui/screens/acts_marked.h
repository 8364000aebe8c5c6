/* The key after `;`: one decision on all marked photos, in one step that undo takes back whole. */
#ifndef TUI_SCREENS_ACTS_MARKED_H
#define TUI_SCREENS_ACTS_MARKED_H

struct ui;

/* The next key is about the marked photos (acts.for_marked), unless nothing is marked, which is
 * said then. */
void acts_marked_begin(struct ui *ui);
/* That key. settled: the candidates are those that stand on the terminal. */
void acts_marked_key(struct ui *ui, int key, int settled);
/* In a screen's row of keys, instead of its own, while acts.for_marked: what the next key can do.
 */
void acts_marked_hints(struct ui *ui, int row);

#endif
