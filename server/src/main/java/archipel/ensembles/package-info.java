/** {@code _ensemble}: who the members are that this node shares its databases with, and how their groups stand. */
@NullMarked
package archipel.ensembles;

import org.jspecify.annotations.NullMarked;
