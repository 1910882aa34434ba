namespace Postern.Policy.Configuration;

// The relay policy lives in these texts and nowhere in code, so they stand here as an administrator will read them.
// INVARIANT: the entries of ORIG_SEND_ACCESS up to the first "ours" are those of "Blocking SMTP relaying", verbatim
// and in its order; what Postern adds follows them.

/// <summary>The parts of the initial configuration that no choice changes.</summary>
internal static class InitialTexts
{
    /// <summary>Who may not write to whom.</summary>
    public const string RelayTable = """
        ORIG_SEND_ACCESS

          tcp_local|*|tcp_local|*           $NRelaying$ not$ permitted
        ! Block direct submission to MTA "intermediate" channels
          tcp_*|*|native|*                  $N
          tcp_*|*|hold|*                    $N
          tcp_*|*|pipe|*                    $N
        ! Block direct submission to the store's delivery channels
          tcp_*|*|ims-ms|*                  $N
          tcp_*|tcp_lmtpcs*|*               $N
        ! Block explicit routing through internal hosts from outside
          tcp_local|*|tcp_intranet|@*:*.*   $N$D30|Explicit$ routing$ not$ allowed
          tcp_local|*|tcp_intranet|*$%*@*   $N$D30|Explicit$ routing$ not$ allowed
          tcp_local|*|tcp_intranet|*.*!*@*  $N$D30|Explicit$ routing$ not$ allowed
          tcp_local|*|tcp_intranet|"*@*"@*  $N$D30|Explicit$ routing$ not$ allowed
        ! ours: channels that only the MTA itself may address
          tcp_*|*|process|*                 $N
          tcp_local|*|reprocess|*           $N
          tcp_*|*|conversion|*              $N
          tcp_*|*|defragment|*              $N
          tcp_*|*|bitbucket|*               $N
          tcp_*|*|filter_discard|*          $N
          tcp_*|*|tcp_auth|*                $N
          tcp_*|*|tcp_submit|*              $N
        ! ours: channel tags written by a client, alone or as a route
          tcp_*|*|*|*@*-daemon              $N
          tcp_*|*|*|@*-daemon*              $N
        ! ours: the seed's four forms where it needs a dot or finds no quote
          tcp_local|*|tcp_intranet|@*       $N$D30|Explicit$ routing$ not$ allowed
          tcp_local|*|tcp_intranet|*!*@*    $N$D30|Explicit$ routing$ not$ allowed
          tcp_local|*|tcp_intranet|*@*@*    $N$D30|Explicit$ routing$ not$ allowed

        """;

    /// <summary><c>{HOST}</c> is our name, <c>{RELAY}</c> what <c>tcp_local</c> needs for a relay host.</summary>
    public const string Channels = """
        ! ---- Part II: channels ----
        ! Nobody may switch to or from a channel unless it says so; log everything
        defaults noswitchchannel logging notices 1 2 4 7 copywarnpost copysendpost postheadonly

        ! Local: aliases only, unknown users refused
        l viaaliasrequired pool LOCAL_POOL
        {HOST}

        ! Store delivery
        ims-ms pool IMS_POOL maxjobs 2 notices 1 7 14 21 28 backoff "PT5M" "PT10M" "PT30M" "PT1H" "PT2H" "PT4H"
        ims-ms-daemon

        native pool LOCAL_POOL
        native-daemon

        pipe single pool LOCAL_POOL
        pipe-daemon

        hold pool LOCAL_POOL
        hold-daemon

        ! Internet. switchchannel: look at the source IP. identnonenumeric: never trust a PTR name.
        ! maysaslserver + saslswitchchannel: authenticated users become tcp_auth.
        tcp_local smtp mx single_sys remotehost switchchannel identnonenumeric \
          maytls maysaslserver saslswitchchannel tcp_auth loopcheck rejectsmtplonglines \
          disconnectbadcommandlimit 10 recipientlimit 1000 pool SMTP_POOL maxjobs 7{RELAY}
        tcp_local-daemon
        tcp-daemon

        ! Internal hosts. allowswitchchannel: sessions may be moved here. No routelocal: the
        ! "explicit routing" entries of ORIG_SEND_ACCESS need to see the route.
        tcp_intranet smtp mx single_sys allowswitchchannel dequeueremoveroute identnonenumeric \
          maytls maysaslserver saslswitchchannel tcp_auth loopcheck pool SMTP_POOL maxjobs 7
        tcp_intranet-daemon

        ! Submission, ports 587 and 465. TLS and AUTH required, so no IP switching.
        tcp_submit smtp mx single_sys submit mustsaslserver musttlsserver saslswitchchannel tcp_submit pool SMTP_POOL
        tcp_submit-daemon

        ! Target of saslswitchchannel
        tcp_auth smtp mx single_sys mustsaslserver maytlsserver pool SMTP_POOL
        tcp_auth-daemon

        process pool LOCAL_POOL
        process-daemon

        reprocess pool LOCAL_POOL
        reprocess-daemon

        conversion pool LOCAL_POOL
        conversion-daemon

        defragment pool LOCAL_POOL
        defragment-daemon

        bitbucket
        bitbucket-daemon

        filter_discard notices 7
        filter_discard-daemon

        """;

    /// <summary>The file job_controller.cnf.</summary>
    public const string JobController = """
        ! job_controller.cnf - pools of delivery jobs; the first one is the default

        [POOL=DEFAULT]
        JOB_LIMIT=10

        [POOL=LOCAL_POOL]
        JOB_LIMIT=10

        [POOL=IMS_POOL]
        JOB_LIMIT=10

        [POOL=SMTP_POOL]
        JOB_LIMIT=10

        """;

    /// <summary>The file users.</summary>
    public const string Users = """
        ! users - the embedded directory, one "address verifier" a line; postern user add writes it.
        ! The domains of these addresses are local. * instead of a verifier is a mailbox without login.

        """;
}
