/**
 * A group's image: all its rows as of one command, as files that another node takes in whole. Rows that each node makes
 * for itself, such as those of indexes, are no part of it.
 */
@NullMarked
package archipel.image;

import org.jspecify.annotations.NullMarked;
