/**
 * What a shell has a running node do: keys and values, and the node's peers. Each command is asked and answered within
 * a few tenths of a second, so that nothing here loads more than it needs; scripts go by what it prints and by its exit
 * status.
 */
@NullMarked
package archipel.shell;

import org.jspecify.annotations.NullMarked;
