/**
 * Write requests and their answers as records and as bytes: what a log carries from the node that takes a request to
 * each node that applies it. No behaviour, no storage.
 */
@NullMarked
package archipel.command;

import org.jspecify.annotations.NullMarked;
