"""The Chinese catalogue and what keeps it complete: `python -m tests.catalogue`.

    update        read the messages from etcd_tui/, rewrite the .po, compile it;
                  print what lacks a translation as JSON: {"message": ""}
    merge FILE    fill in translations from JSON {"message": "translation"}, compile
    compile       write the .mo from the .po
    check         say what is wrong; exit 1 if anything is

The terms to use stand at the head of the .po.
"""
