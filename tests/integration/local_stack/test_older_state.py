"""A local state from before tables were global and keys multi-region."""

from pathlib import Path
from typing import Any

import boto3
import pytest

from scripts.base.cfn_yaml import load_template
from scripts.deploy.provision import apply_template, complete_tables
from scripts.emulator.stack import embedded_aws

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

HEAD = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String}
Resources:
"""
TABLE = """
  ItemsTable:
    Type: AWS::DynamoDB::%s
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      TableName: !Sub "rookery-${Stage}-sample-items"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
"""
RECOVERY = "PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}"
BEFORE = f"""
      SSESpecification: {{SSEEnabled: true}}
      {RECOVERY}
"""
AFTER = f"""
      Replicas:
        - Region: !Ref AWS::Region
          DeletionProtectionEnabled: true
          {RECOVERY}
"""
KEY = """
  Key:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      Description: Seals
      %s
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: "*"}, Action: "kms:*", Resource: "*"}
  KeyAlias:
    Type: AWS::KMS::Alias
    Properties: {AliasName: !Sub "alias/rookery-${Stage}-sample", TargetKeyId: !Ref Key}
"""
REST = """
Outputs:
  ItemsStream:
    Value: !GetAtt ItemsTable.StreamArn
    Export: {Name: !Sub "rookery-${Stage}-sample-items-stream"}
"""
OLD = HEAD + TABLE % "Table" + BEFORE + KEY % "EnableKeyRotation: true" + REST
NEW = HEAD + TABLE % "GlobalTable" + AFTER + KEY % "MultiRegion: true" + REST
NAME, ALIAS = "rookery-dev-sample-items", "alias/rookery-dev-sample"
ITEM = {"id": {"S": "a"}, "text": {"S": "what people wrote"}}


def client(service: str, endpoint_url: str) -> Any:
    return boto3.client(service, endpoint_url=endpoint_url)


def exported(endpoint_url: str) -> list[tuple[str, str]]:
    found = client("cloudformation", endpoint_url).list_exports()["Exports"]
    return [(one["Name"], one["Value"]) for one in found]


def test_a_state_of_plain_tables_and_keys_opens_with_all_its_data(tmp_path: Path) -> None:
    template, state = tmp_path / "sample.yaml", tmp_path / "state"
    template.write_text(OLD)
    with embedded_aws(state) as stack:
        url = stack.endpoint_url
        assert apply_template("sample", template, stage="dev", endpoint_url=url)
        client("dynamodb", url).put_item(TableName=NAME, Item=ITEM)
        sealed = client("kms", url).encrypt(KeyId=ALIAS, Plaintext=b"secret")
        stream = exported(url)

    template.write_text(NEW)
    with embedded_aws(state) as stack:
        url = stack.endpoint_url
        assert apply_template("sample", template, stage="dev", endpoint_url=url)
        assert complete_tables(load_template(template), stage="dev", endpoint_url=url) == [NAME]
        assert client("dynamodb", url).get_item(TableName=NAME, Key={"id": ITEM["id"]})["Item"] == (
            ITEM
        )
        opened = client("kms", url).decrypt(CiphertextBlob=sealed["CiphertextBlob"])
        assert (opened["Plaintext"], opened["KeyId"]) == (b"secret", sealed["KeyId"])
        # Checkpoints of the pump name the stream.
        assert exported(url) == stream
        assert stream[0][1].startswith(f"arn:aws:dynamodb:us-east-1:000000000000:table/{NAME}/")

        # What the emulator skips in the template of a global table.
        described = client("dynamodb", url).describe_table(TableName=NAME)["Table"]
        assert described["DeletionProtectionEnabled"] is True
        backups = client("dynamodb", url).describe_continuous_backups(TableName=NAME)
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
        expiry = client("dynamodb", url).describe_time_to_live(TableName=NAME)
        assert expiry["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
        assert not apply_template("sample", template, stage="dev", endpoint_url=url)
        assert not complete_tables(load_template(template), stage="dev", endpoint_url=url)
