"""Reference data of the demo: ministries that use clicSÉQUR-Entreprises, with their e-services.

Their telephone numbers are invented (555-01xx).
"""

from typing import Any


def consent(name_fr: str, name_en: str) -> dict[str, str]:
    """The consent that a ministry asks for, in both languages."""
    return {
        "consent_fr": (
            f"Au nom de l’entreprise, je consens à ce que {name_fr} reçoive les renseignements qui "
            "l’identifient (nom, numéro d’identification, NEQ) et les réponses ci-dessus, afin de "
            "l’inscrire à ses services électroniques."
        ),
        "consent_en": (
            f"On behalf of the company, I consent to {name_en} receiving the information that "
            "identifies it (name, identification number, NEQ) and the answers above, in order to "
            "register it for its e-services."
        ),
    }


MINISTRIES: list[dict[str, Any]] = [
    {
        "code": "melccfp",
        "acronym": "MELCCFP",
        "name_fr": (
            "Ministère de l’Environnement, de la Lutte contre les changements climatiques, "
            "de la Faune et des Parcs"
        ),
        "name_en": (
            "Ministère de l’Environnement, de la Lutte contre les changements climatiques, "
            "de la Faune et des Parcs"
        ),
        "about_fr": (
            "Déclaration annuelle des émissions atmosphériques (IQEA), bilan de phosphore, ventes "
            "de pesticides et prélèvements d’eau."
        ),
        "about_en": (
            "Annual air emissions report (IQEA), phosphorus report, pesticide sales and water "
            "withdrawals."
        ),
        **consent("le Ministère", "the Ministère"),
        "processing_days": 2,
        "telephone": "418 555-0121",
        "services": [
            {
                "code": "iqea-operator",
                "name_fr": (
                    "Transmettre la déclaration annuelle des émissions atmosphériques – "
                    "Identification de l’exploitant"
                ),
                "name_en": "Submit the annual air emissions report – Operator identification",
                "needs_tick": True,
                "iqea_role": "operator",
            },
            {
                "code": "iqea-verifier",
                "name_fr": (
                    "Transmettre la déclaration annuelle des émissions atmosphériques – "
                    "Identification du vérificateur"
                ),
                "name_en": "Submit the annual air emissions report – Verifier identification",
                "needs_tick": True,
                "is_external_only": True,
                "iqea_role": "verifier",
            },
            {
                "code": "bilan-phosphore",
                "name_fr": "Bilan de phosphore",
                "name_en": "Phosphorus report",
            },
            {
                "code": "ventes-pesticides",
                "name_fr": "Déclaration des ventes annuelles de pesticides",
                "name_en": "Report of annual pesticide sales",
            },
            {
                "code": "prelevements-eau",
                "name_fr": "Gestion des prélèvements d’eau",
                "name_en": "Management of water withdrawals",
            },
        ],
    },
    {
        "code": "revenu-quebec",
        "acronym": "Revenu Québec",
        "name_fr": "Revenu Québec",
        "name_en": "Revenu Québec",
        "about_fr": "Mon dossier pour les entreprises.",
        "about_en": "My Account for businesses.",
        **consent("Revenu Québec", "Revenu Québec"),
        "processing_days": 1,
        "telephone": "418 555-0122",
        "services": [
            {
                "code": "mon-dossier-entreprises",
                "name_fr": "Mon dossier pour les entreprises",
                "name_en": "My Account for businesses",
            }
        ],
    },
    {
        "code": "amf",
        "acronym": "AMF",
        "name_fr": "Autorité des marchés financiers",
        "name_en": "Autorité des marchés financiers",
        "about_fr": "Services en ligne destinés aux personnes et aux entreprises inscrites.",
        "about_en": "Online services for registered persons and firms.",
        **consent("l’Autorité", "the Autorité"),
        "processing_days": 3,
        "telephone": "418 555-0123",
        "services": [
            {
                "code": "amf-services",
                "name_fr": "Services en ligne de l’AMF",
                "name_en": "AMF e-services",
            }
        ],
        "questions": [
            {
                "code": "client-number",
                "label_fr": "Numéro de client de l’AMF",
                "label_en": "AMF client number",
                "hint_fr": "Dix chiffres. Il figure sur la correspondance de l’Autorité.",
                "hint_en": "Ten digits. It is on the Autorité’s letters.",
                "digits": 10,
            }
        ],
    },
    {
        "code": "amp",
        "acronym": "AMP",
        "name_fr": "Autorité des marchés publics",
        "name_en": "Autorité des marchés publics",
        "about_fr": "Autorisation de contracter et plaintes.",
        "about_en": "Authorization to contract and complaints.",
        **consent("l’Autorité", "the Autorité"),
        "processing_days": 2,
        "telephone": "418 555-0124",
        "services": [
            {
                "code": "amp-services",
                "name_fr": "Portail de l’AMP",
                "name_en": "AMP portal",
            }
        ],
    },
    {
        "code": "cnesst",
        "acronym": "CNESST",
        "name_fr": ("Commission des normes, de l’équité, de la santé et de la sécurité du travail"),
        "name_en": ("Commission des normes, de l’équité, de la santé et de la sécurité du travail"),
        "about_fr": "Mon espace employeur.",
        "about_en": "Mon espace employeur.",
        **consent("la Commission", "the Commission"),
        "processing_days": 2,
        "telephone": "418 555-0125",
        "takes_external_proxies": False,
        "services": [
            {
                "code": "mon-espace-employeur",
                "name_fr": "Mon espace employeur",
                "name_en": "Mon espace employeur",
            }
        ],
    },
    {
        "code": "mamh",
        "acronym": "MAMH",
        "name_fr": "Ministère des Affaires municipales et de l’Habitation",
        "name_en": "Ministère des Affaires municipales et de l’Habitation",
        "about_fr": "PGAMR, le portail destiné aux municipalités et à leurs partenaires.",
        "about_en": "PGAMR, the portal for municipalities and their partners.",
        **consent("le Ministère", "the Ministère"),
        "processing_days": 2,
        "telephone": "418 555-0126",
        "services": [{"code": "pgamr", "name_fr": "PGAMR", "name_en": "PGAMR"}],
    },
]
