/**
 * The endpoints that are about the node itself: its welcome, its sessions, its list of databases, its configuration and
 * what it counts.
 */
@NullMarked
package archipel.administration;

import org.jspecify.annotations.NullMarked;
