/**
 * Indexes of a database's documents: rows in the order of their keys, each with the blocks it lived from and to, so
 * that an index can be read as it stood at any retained block; and summaries of chunks of rows, so that counting,
 * reducing and skipping cost the logarithm of what is passed. What the rows are is for others to say.
 */
@NullMarked
package archipel.index;

import org.jspecify.annotations.NullMarked;
