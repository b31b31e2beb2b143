package archipel.administration;

import archipel.http.HttpServices;
import archipel.http.Router;

/** All endpoints of this package. */
public final class AdministrationEndpoints {
    private AdministrationEndpoints() {}

    public static void register(Router router, HttpServices services, Administration administration) {
        new WelcomeHandler(services, administration.settings(), administration.fingerprint()).register(router);
        new UuidsHandler(administration).register(router);
        new SessionHandler(administration.authenticator()).register(router);
        new DatabaseListHandler(services, administration.settings()).register(router);
        new MembershipHandler(services, administration).register(router);
        new BackupHandler(services.node(), administration.settings()).register(router);
        new NodeHandler(services, administration).register(router);
        AbsentEndpoints.register(router);
    }
}
