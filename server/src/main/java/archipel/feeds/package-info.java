/**
 * The feeds: {@code _changes} of a database and {@code _db_updates} of a node, in the four shapes that clients ask for.
 *
 * <p>A {@link archipel.feeds.Feed} drains its source, sleeps, gives signs of life and ends in good order; a {@link
 * archipel.feeds.FeedWriter} knows the shapes; the sources know what to tell.
 */
@NullMarked
package archipel.feeds;

import org.jspecify.annotations.NullMarked;
